import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const WORTH_PACKING = /\.(js|css|svg|html)$/;

/** Lays a gzipped copy beside each file of the build, so that the API need not pack at each request. */
export function packed(): Plugin {
  let folder = "";
  return {
    name: "packed",
    apply: "build",
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        const whole = join(folder, path);
        if (!WORTH_PACKING.test(path) || !statSync(whole).isFile()) continue;
        const bytes = readFileSync(whole);
        const small = gzipSync(bytes, { level: 9 });
        if (small.length < bytes.length) writeFileSync(`${whole}.gz`, small);
      }
    },
  };
}
