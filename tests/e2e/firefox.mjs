// Looks at the gallery with Firefox over WebDriver BiDi: node firefox.mjs ADDRESS FIREFOX. Prints what it saw as JSON.
import { createRequire } from "node:module";

const puppeteer = createRequire(`${process.cwd()}/`)("puppeteer-core");
const [address, executablePath] = process.argv.slice(2);

// Without a screen Firefox believes that there is no mouse; 6 is one that points finely and can hover.
const mouse = { "ui.primaryPointerCapabilities": 6, "ui.allPointerCapabilities": 6 };
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath,
  headless: true,
  extraPrefsFirefox: mouse,
});
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 800, height: 600 });
  page.setDefaultTimeout(60_000);
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  console.log(JSON.stringify({ ...(await look(page)), faults }));
} finally {
  await browser.close();
}

async function look(page) {
  await page.goto(address);
  await page.waitForSelector("main a[data-id] img.loaded");
  const newest = await heading(page);
  const drawnAtFirst = (await page.$$("main a[data-id]")).length;

  const rail = await (await page.$("[role=slider]")).boundingBox();
  const x = rail.x + rail.width / 2;
  await page.mouse.move(x, rail.y + 1);
  await page.mouse.down();
  for (let step = 1; step <= 20; step += 1)
    await page.mouse.move(x, rail.y + ((rail.height + 9) * step) / 20);
  await page.mouse.up();
  await page.mouse.move(x / 2, rail.y + 10);
  await page.waitForSelector("[role=slider][aria-valuenow='100']");
  await page.waitForSelector("main section.month:last-of-type a[data-id] img.loaded");
  const oldest = await heading(page, ":last-of-type");

  const tile = (await page.$$("main section.month:last-of-type a[data-id]"))[0];
  const opened = await page.evaluate((element) => element.dataset.id, tile);
  await tile.click();
  await page.waitForSelector("[role=dialog][aria-busy=false]");
  const first = await photoOf(page);
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction((before) => !location.search.includes(before), {}, first);
  const second = await photoOf(page);
  await page.waitForFunction(() =>
    [...document.querySelectorAll(".pswp img")].some(({ complete, naturalWidth }) => complete && naturalWidth),
  );
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.querySelector("[role=dialog]") && !location.search);
  return { newest, oldest, drawnAtFirst, opened, first, second, after: await photoOf(page) };
}

function heading(page, which = "") {
  return page.$eval(`main section.month${which} h2`, ({ textContent }) => textContent);
}

function photoOf(page) {
  return page.evaluate(() => new URLSearchParams(location.search).get("photo"));
}
