import type { NextConfig } from 'next';
import createNextIntlPlugin from 'next-intl/plugin';
import path from 'node:path';

const repository = path.resolve(import.meta.dirname, '../..');

/** What depends on where it runs (the API's address) is read when it runs: see src/environment.ts. */
const config: NextConfig = {
  output: 'standalone',
  outputFileTracingRoot: repository,
  turbopack: { root: repository },
  transpilePackages: ['@thaw/contract', '@thaw/archive', '@thaw/prediction', '@thaw/formats'],
  // No picture goes through Next, so its image library stays out.
  images: { unoptimized: true },
  outputFileTracingExcludes: { '*': ['node_modules/@img/**', 'node_modules/sharp/**', 'node_modules/@swc/core*/**'] },
  reactStrictMode: true,
  poweredByHeader: false,
  // The proxy of /api passes paths on as they are.
  skipTrailingSlashRedirect: true,
  devIndicators: false,
  // `npm run verify` checks the types, with the settings of the whole repository.
  typescript: { ignoreBuildErrors: true, tsconfigPath: 'tsconfig.next.json' },
  experimental: { optimizePackageImports: ['radix-ui'] },
};

export default createNextIntlPlugin({
  requestConfig: './src/i18n/request.ts',
  // Texts are parsed when they are built, so that no parser goes to the browser.
  experimental: { messages: { path: './messages', format: 'json', locales: 'infer', precompile: true } },
})(config);
