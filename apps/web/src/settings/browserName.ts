const browsers: readonly [RegExp, string][] = [
  [/Edg(?:e|A|iOS)?\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/HeadlessChrome\/|Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const systems: readonly [RegExp, string][] = [
  [/Windows/, 'Windows'],
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];

/** Such as `Firefox, Linux`, from what a browser says of itself; null where it says nothing that is known. */
export function browserName(userAgent: string | null): string | null {
  const found = [browsers, systems].flatMap((list) => list.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1] ?? []);
  return found.length === 0 ? (userAgent?.slice(0, 60) ?? null) : found.join(', ');
}
