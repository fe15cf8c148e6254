// Bundles one entry per kind of page into the package's static folder.
import { build } from "esbuild";

await build({
  entryPoints: ["src/page.js", "src/diagram.js", "src/modeler.js", "src/form.js", "src/styles.css"],
  outdir: "../src/inburgering_flow/web/static/dist",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
  legalComments: "linked",
  loader: { ".woff": "file", ".woff2": "file", ".ttf": "file", ".eot": "file", ".svg": "file", ".png": "file" },
});
