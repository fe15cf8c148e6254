// Bundles one entry per kind of page into the package's static folder.
import { copyFile, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const outdir = here("../src/inburgering_flow/web/static/dist");

// A theme has some two thousand tokens; this keeps those that the style sheets use, directly or through other tokens.
const usedTokens = {
  name: "used-tokens",
  setup(bundler) {
    bundler.onLoad({ filter: /design-tokens[\\/]dist[\\/]variables\.css$/ }, async ({ path }) => {
      const styles = await readFile(here("src/styles.css"), "utf8");
      const imported = [...styles.matchAll(/@import "([^"]+)"/g)].map((found) => here(`node_modules/${found[1]}`));
      const others = await Promise.all(imported.filter((other) => other !== path).map((other) => readFile(other, "utf8")));
      const tokens = new Map();
      for (const [, name, value] of (await readFile(path, "utf8")).matchAll(/^\s*(--[\w-]+):\s*([^;]*);/gm)) tokens.set(name, value);
      const used = new Set();
      const reach = (text) => {
        for (const [name] of text.matchAll(/--[\w-]+/g)) {
          if (used.has(name) || !tokens.has(name)) continue;
          used.add(name);
          reach(tokens.get(name));
        }
      };
      [styles, ...others].forEach(reach);
      if (!used.size) throw new Error(`No token of ${path} is used; its form has changed.`);
      const kept = [...tokens].filter(([name]) => used.has(name)).map(([name, value]) => `${name}:${value};`);
      const notice = "/*! @license EUPL-1.2, Copyright (c) 2021 NL Design System Community */";
      return { contents: `${notice}:root{${kept.join("")}}`, loader: "css" };
    });
  },
};

const { metafile } = await build({
  entryPoints: ["page", "diagram", "modeler", "tables", "form-editor", "text-editor", "template-check", "form"].map((name) => here(`src/${name}.js`)).concat(here("src/styles.css")),
  outdir,
  bundle: true,
  metafile: true,
  minify: true,
  sourcemap: false,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
  legalComments: "linked",
  external: ["./template-check.js"], // fetched where it is needed
  plugins: [usedTokens],
  loader: { ".woff": "file", ".woff2": "file", ".ttf": "file", ".eot": "file", ".svg": "file", ".png": "file" },
});

// Fonts carry a hash in their names, so yesterday's would stay behind.
const made = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
for (const name of await readdir(outdir)) if (!made.has(name)) await rm(join(outdir, name), { recursive: true });

// Letters are set by Typst on the server: it needs the fonts as files, with their licence next to them.
const fonts = here("../src/inburgering_flow/inburgering/fonts");
await mkdir(fonts, { recursive: true });
for (const script of ["noto-sans", "noto-sans-arabic", "noto-sans-ethiopic"]) {
  const home = here(`node_modules/@expo-google-fonts/${script}`);
  for (const style of ["400Regular", "700Bold"]) {
    for (const name of await readdir(join(home, style))) if (name.endsWith(".ttf")) await copyFile(join(home, style, name), join(fonts, name));
  }
  await copyFile(join(home, "LICENSE_FONT"), join(fonts, `${script}.LICENSE.txt`));
}
