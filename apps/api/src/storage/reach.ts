import { ApiError, unavailable } from '../errors.ts';

/** Turns what the storage client throws into `unavailable`; the reason stays in the cause, for the log only. */
export async function reach<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw unavailable('The object storage does not answer as it should. Try again in a moment; if it stays so, look at the log of the API.', error);
  }
}
