// Lighthouse for each job of the standard input, one line of JSON each: {name, url, cookies, preset}; a line of JSON comes back.
import { createInterface } from "node:readline";
import lighthouse, { desktopConfig } from "lighthouse";
import puppeteer from "puppeteer-core";

const PARTS = ["performance", "accessibility", "best-practices"];
const [executablePath, ...args] = process.argv.slice(2);
const browser = await puppeteer.launch({ executablePath, headless: "shell", args });

// Lighthouse cannot open a page of ours in the headless shell: with this header of its answer it sees net::ERR_ABORTED.
async function withoutReferrerPolicy(page) {
  const client = await page.createCDPSession();
  client.on("Fetch.requestPaused", ({ requestId, responseStatusCode: responseCode, responseHeaders = [] }) => {
    const kept = responseHeaders.filter(({ name }) => name.toLowerCase() !== "referrer-policy");
    client.send("Fetch.continueResponse", { requestId, responseCode, responseHeaders: kept }).catch(() => {});
  });
  await client.send("Fetch.enable", { patterns: [{ urlPattern: "*", resourceType: "Document", requestStage: "Response" }] });
}

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  const own = await browser.createBrowserContext(); // with nothing in its cache, and the cookies of one account
  await own.setCookie(...job.cookies);
  const page = await own.newPage();
  const flags = { onlyCategories: PARTS, logLevel: "error" };
  const config = job.preset === "desktop" ? desktopConfig : undefined;
  await withoutReferrerPolicy(page);
  const { lhr } = await lighthouse(job.url, flags, config, page);
  await own.close();
  const scores = Object.fromEntries(PARTS.map((part) => [part, lhr.categories[part].score]));
  const counted = new Set(PARTS.flatMap((part) => lhr.categories[part].auditRefs.filter((one) => one.weight).map((one) => one.id)));
  const missed = Object.values(lhr.audits)
    .filter((audit) => counted.has(audit.id) && audit.score !== null && audit.score < 1)
    .map(({ id, title, score, displayValue, details }) => ({
      id, title, score, displayValue, where: (details?.items ?? []).slice(0, 5).map((item) => item.node?.snippet ?? item.url ?? item.description ?? ""),
    }));
  const hints = Object.values(lhr.audits)
    .filter((audit) => !counted.has(audit.id) && audit.score !== null && audit.score < 1 && audit.displayValue)
    .map((audit) => `${audit.id}: ${audit.displayValue}`);
  const at = (id) => lhr.audits[id]?.numericValue ?? null;
  const said = { ...job, cookies: undefined, final: lhr.finalDisplayedUrl, error: lhr.runtimeError?.message, scores, missed, hints };
  console.log(JSON.stringify({ ...said, shift: at("cumulative-layout-shift"), paint: at("largest-contentful-paint"), blocked: at("total-blocking-time") }));
}
await browser.close();
