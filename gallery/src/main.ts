import { mount } from "svelte";
import "./app.css";
import App from "./App.svelte";
import { route } from "./route.svelte";
import { registerForSharing } from "./sending/shared";
import { library } from "./timeline/library.svelte";

// Asked for first: drawing the page takes as long as the answer.
void library.open(route.search).then(registerForSharing);
mount(App, { target: document.getElementById("app")! });
