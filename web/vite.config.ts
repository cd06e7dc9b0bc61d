// Builds into the server's crate, which embeds the files. Names are fixed, so that a build is compared file by file.
import { defineConfig } from "vite";

export default defineConfig({
  base: "/",
  build: {
    outDir: process.env.RAMI_WEB_OUT ?? "../crates/server/assets/app",
    emptyOutDir: false,
    target: "es2022",
    cssCodeSplit: false,
    modulePreload: false,
    chunkSizeWarningLimit: 4000,
    rollupOptions: {
      output: {
        entryFileNames: "app.js",
        chunkFileNames: "[name].js",
        assetFileNames: (asset) => (asset.names[0]?.endsWith(".css") ? "app.css" : "[name][extname]"),
        manualChunks: (id) => (id.includes("node_modules") ? "niivue" : undefined),
      },
    },
  },
});
