import { spawn } from 'node:child_process';

/** $1 process, $2 seconds. `read` returns when the other end of its input closes: when the dispatcher is gone, however it went. */
const script = `
read -r _
kill -TERM "$1" 2>/dev/null || exit 0
while [ "$2" -gt 0 ] && kill -0 "$1" 2>/dev/null; do sleep 1; set -- "$1" $(($2 - 1)); done
kill -KILL "$1" 2>/dev/null
`;

/** A sleeping shell that stops a process when this one dies without a chance to do it. Dismiss it once that process has ended. */
export function startGuard(pid: number, graceSeconds: number): { dismiss: () => void } {
  const guard = spawn('sh', ['-c', script, 'thaw-guard', String(pid), String(graceSeconds)], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  return { dismiss: () => void guard.kill('SIGKILL') };
}
