import { defineConfig } from "vitest/config";

export default defineConfig({
  // Relative, so that the page also works below a path of a proxy.
  base: "./",
  build: {
    target: "es2022",
    sourcemap: false,
    // Icons become part of the style sheet: each would be a request of its own.
    assetsInlineLimit: (file) => file.endsWith(".svg"),
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
