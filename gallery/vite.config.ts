import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const server = process.env.MEDIASCREAM_SERVER ?? "http://localhost:5000";
const answeredByTheServer = [
  "/photos",
  "/timeline",
  "/deliveries",
  "/destinations",
  "/events",
  "/health",
  "/uploads",
];

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: "es2022",
    // Every picture is a file of its own: a page that forbids data: URLs stays whole.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: Object.fromEntries(answeredByTheServer.map((path) => [path, server])) },
});
