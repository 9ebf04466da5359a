/** Numbers of the advisory locks in use: one list, so that no two uses collide. Below 2^31; hashes of names lie elsewhere. */
export const advisoryLocks = { migrate: 7_284_101, importBuiltIns: 7_284_102, signUp: 7_284_103, administrators: 7_284_104, backup: 7_284_105 } as const;
