import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { packed } from "./packed.ts";

// The API to develop against: `make up` prints its address.
const api = process.env.CSV_PROCESSOR_API ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react(), packed()],
  resolve: { alias: { "~": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { proxy: { "/api": api, "/docs": api, "/openapi.json": api } },
  build: {
    target: "es2022",
    // A policy that forbids scripts and styles within the page also forbids data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700, // kB before packing; the tests hold the packed first view below 300
  },
});
