/** Finds images by what tables call them. */
export interface FileLookup {
  /**
   * @param name as in a cell: a path from the table's folder or from anywhere, a bare file name, with or without its ending
   * @param table path of the table
   * @returns index of the image; null where none or more than one can be meant
   */
  find(name: string, table: string): number | null;
}

const ambiguous = -1;

export function createFileLookup(paths: readonly string[]): FileLookup {
  const byPath = new Map<string, number>();
  const byName = new Map<string, number>();
  const put = (map: Map<string, number>, key: string, index: number): void => void map.set(key, map.has(key) && map.get(key) !== index ? ambiguous : index);
  paths.forEach((path, index) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    put(byPath, path, index);
    put(byPath, stemOf(path), index);
    put(byName, name, index);
    put(byName, stemOf(name), index);
  });
  return {
    find: (name, table) => {
      const wanted = name.replaceAll('\\', '/').replace(/^(\.?\/)+/, '').normalize('NFC');
      if (wanted === '') return null;
      const folder = table.slice(0, table.lastIndexOf('/') + 1);
      const beside = stemOf(table);
      // A table may lie beside its images, beside a folder named like it, or beside one called images.
      for (const candidate of [`${folder}${wanted}`, `${beside}/${wanted}`, `${folder}images/${wanted}`, wanted]) {
        const index = byPath.get(candidate);
        if (index !== undefined && index !== ambiguous) return index;
      }
      const index = byName.get(wanted.slice(wanted.lastIndexOf('/') + 1));
      return index === undefined || index === ambiguous ? null : index;
    },
  };
}

function stemOf(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') + 1 ? path.slice(0, dot) : path;
}
