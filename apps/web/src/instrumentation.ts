/** Runs once when the server starts. */
export async function register(): Promise<void> {
  // The bundler leaves this out where there is no Node.
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { noteClientAddresses } = await import('./noteClientAddresses.ts');
  noteClientAddresses();
}
