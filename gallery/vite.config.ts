import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, loadEnv } from "vite";

const answeredByTheServer = [
  "/photos",
  "/timeline",
  "/tags",
  "/deliveries",
  "/destinations",
  "/events",
  "/health",
  "/uploads",
];

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  build: {
    target: "es2022",
    // Every picture is a file of its own: a page that forbids data: URLs stays whole.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: Object.fromEntries(answeredByTheServer.map((path) => [path, serverAddress(mode)])),
  },
}));

/** `npm run dev` shows the page of these sources with the photos of this server. */
function serverAddress(mode: string): string {
  return loadEnv(mode, ".", "MEDIASCREAM_").MEDIASCREAM_SERVER ?? "http://localhost:5000";
}
