// Bundles each function, with the SDK, as `<folder>/<function>/index.mjs`: node build.mjs <folder>
import { build } from "esbuild";

const functions = ["create", "message", "webhook", "detail", "list"];
await Promise.all(
  functions.map((name) =>
    build({
      entryPoints: [`src/${name}.mjs`],
      outfile: `${process.argv[2]}/${name}/index.mjs`,
      bundle: true,
      minify: true,
      platform: "node",
      target: "node20",
      format: "esm",
      mainFields: ["module", "main"],
      // What is written as CommonJS asks for `require`, which a module does not have.
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
      logLevel: "warning",
    }),
  ),
);
