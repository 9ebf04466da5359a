// TensorFlow and its addon for the packages that are installed here; the variable THAW_ENGINE says which.
import { engine } from '../setup/engine.mjs';

try {
  await engine(Promise.resolve());
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
