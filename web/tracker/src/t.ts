// The tracking script of client websites: notes through which partner's link somebody came, and reports leads.
//
//   <script async src="https://tandem.example/t.js" data-site-key="pk_..."></script>
//
// Promises: no error ever reaches the page; the URL is left as it is; one global, `tandem`. README.md has the options.
// Size is a requirement (2 kB compressed), so helpers are few and short.

type Lead = { email?: string; external_id?: string; coupon?: string; name?: string; [field: string]: unknown };
type Answer = { lead_id: string | null };
type Problem = { code?: string; title?: string; detail?: string; status?: number; errors?: unknown[] };
type Call =
  | ((tandem: Tandem) => unknown)
  | [name: string, fields: Lead, done?: (answer: Answer) => void, failed?: (error: Error) => void];
type Tandem = {
  /** Reports a lead. Rejects with an Error that carries `status`, `code`, `detail` and `errors` of the problem. */
  lead(fields: Lead): Promise<Answer>;
  /** Reads the URL again, for pages that change it without loading. */
  visit(): void;
  /** The visitor id, for leads that the page's own server reports; null when the visitor refused. */
  id(): string | null;
  /** Runs calls; before the script has loaded, `tandem` is an array that collects them. */
  push(...calls: Call[]): void;
};

const win = window as unknown as { tandem?: Tandem | Call[]; doNotTrack?: string };
const doc = document as Document & { prerendering?: boolean };
const nav = navigator as Navigator & { globalPrivacyControl?: boolean };

const kVisitor = "tdm_vid";
const kClick = "tdm_click";
const kYear = 31536000; // seconds; the server's window decides what still counts
const kUuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const kClickId = /^[\w.~+/=-]{1,512}$/; // also what may stand in a cookie as it is

const nothing = () => {};

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

const script = (doc.currentScript || doc.querySelector('script[src*="/t.js"]')) as HTMLScriptElement | null;
const options: DOMStringMap = script ? script.dataset : {};
const api = (options.api || attempt(() => new URL(script!.src).origin) || "").replace(/\/+$/, "");
const refused = options.dnt == "respect" &&
  (nav.globalPrivacyControl === true || nav.doNotTrack == "1" || win.doNotTrack == "1");

const memory: { [name: string]: string } = {}; // what lasts when the browser keeps nothing

/** What cookie, localStorage or, failing both, this page still know. */
function recall(name: string, form: RegExp): string | undefined {
  return [
    () => doc.cookie.split("; ").map((pair) => pair.split(`${name}=`)).filter((parts) => !parts[0])[0]?.[1],
    () => localStorage.getItem(name),
    () => memory[name],
  ].map(attempt).find((value) => value && form.test(value)) || undefined;
}

function keep(name: string, value: string): string {
  memory[name] = value;
  attempt(() => localStorage.setItem(name, value));
  attempt(() => {
    doc.cookie = `${name}=${value};Path=/;Max-Age=${kYear};SameSite=Lax` +
      (location.protocol == "https:" ? ";Secure" : "") +
      (options.cookieDomain ? `;Domain=${options.cookieDomain}` : "");
  });
  return value;
}

function random_byte(): number {
  return attempt(() => crypto.getRandomValues(new Uint8Array(1))[0]) ?? (Math.random() * 256) | 0;
}

/** A UUIDv7 (RFC 9562): ids of one time stand together in the server's index, random ones all over it. */
function uuid(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-` + "7000-8000-000000000000".replace(/[08]/g,
    (digit) => (+digit ^ (random_byte() & (15 >> (+digit / 4)))).toString(16));
}

function id(): string | null {
  return refused ? null : keep(kVisitor, recall(kVisitor, kUuid) || uuid());
}

const sent = new Set<string>(); // codes and clicks of this page view

/** Does it when the page is looked at: a tab in the background waits, a frame of no size never gets there. */
function when_seen(work: () => void): void {
  if (self != top && innerWidth * innerHeight < 100) return;
  if (doc.visibilityState != "hidden") work();
  else doc.addEventListener("visibilitychange", () => when_seen(work), { once: true });
}

/** Tells the server; nobody waits for the answer. A string goes out as text/plain, which needs no preflight. */
function tell(path: string, fields: object): void {
  const url = api + path;
  const body = JSON.stringify(fields);
  if (!attempt(() => nav.sendBeacon(url, body))) {
    fetch(url, { method: "POST", body, keepalive: true, credentials: "omit" }).catch(nothing);
  }
}

function visit(): void {
  attempt(() => {
    if (refused) return;
    const query = new URLSearchParams(location.search);
    const click = query.get(kClick) || "";
    const code = (query.get("ref") || query.get("via") || query.get("fp_ref") || "").trim();
    if (kClickId.test(click)) {
      keep(kClick, click);
      id();
      // The redirect that gave the click id out has stored this visit; that its page is seen it cannot know.
      if (!options.siteKey || sent.has(click)) return;
      sent.add(click);
      when_seen(() => tell("/api/landings", { site_key: options.siteKey, click_id: click }));
      return;
    }
    if (!code || sent.has(code)) return;
    sent.add(code);
    // Only what attribution needs leaves the page: no query but utm_*, of the referrer its origin.
    const utm = new URLSearchParams([...query].filter((pair) => pair[0].startsWith("utm_"))).toString();
    const fields = {
      visitor_id: id(),
      partner_code: code,
      landing_url: location.origin + location.pathname + (utm && "?" + utm),
      referrer: attempt(() => new URL(doc.referrer).origin),
    };
    when_seen(() => tell("/api/visits", fields));
  });
}

function error_of(problem: Problem): Error {
  return Object.assign(new Error(problem.detail || problem.title || problem.code || "lead refused"), problem);
}

async function post_lead(fields: Lead): Promise<Answer> {
  if (refused) return { lead_id: null };
  if (!options.siteKey) throw error_of({ code: "no_site_key" });
  const body = JSON.stringify({ visitor_id: id(), click_id: recall(kClick, kClickId), ...fields });
  const headers = { authorization: `Bearer ${options.siteKey}`, "content-type": "application/json" };
  const request: RequestInit = { method: "POST", body, headers, keepalive: true, credentials: "omit" };
  const response = await fetch(`${api}/api/leads`, request).catch(() => {
    throw error_of({ code: "network" });
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw error_of({ status: response.status, ...answer });
  return answer;
}

function lead(fields: Lead): Promise<Answer> {
  const result = post_lead(fields);
  result.catch(nothing); // a caller who does not listen gets no unhandledrejection
  return result;
}

function run(call: Call): void {
  attempt(() => {
    if (typeof call == "function") call(tandem);
    else if (call[0] == "lead") lead(call[1]).then(call[2], call[3]).catch(nothing);
    else if (call[0] == "visit") visit();
  });
}

const tandem: Tandem = { lead, visit, id, push: (...calls) => calls.forEach(run) };

function start(): void {
  if (!refused && recall(kVisitor, kUuid)) id(); // what one store lost, the other gives back
  visit();
}

attempt(() => {
  const before = win.tandem; // an array of calls, this script a second time, or an element with that id
  const calls = Array.isArray(before) ? before : [];
  if (before && before !== calls && (before as Tandem).lead) return;
  win.tandem = tandem;
  if (doc.prerendering) doc.addEventListener("prerenderingchange", start, { once: true }); // may never be seen
  else start();
  calls.forEach(run);
});
