/** The header in which our routes tell better-auth the client's address. What a client sends under this name does not get there. */
export const addressHeader = 'x-thaw-client-address';
