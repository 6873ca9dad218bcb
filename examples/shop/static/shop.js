// The page's script: fetches products from the API of this preview and draws them.

const api = document.querySelector('meta[name="api"]').content;
const find = (id) => document.getElementById(id);
const wish = { search: "", category: "", page: 1 };
const hues = { Walnut: 25, Olive: 70, Speckled: 40, White: 210, Brushed: 220, Hammered: 18, Smoked: 260, Terracotta: 12, Slate: 200, Enamelled: 160 };
const money = new Intl.NumberFormat("en-GB", { style: "currency", currency: "EUR" });
let asked = 0;

async function call(path, options) {
  const answer = await fetch(api + path, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error);
  return body;
}

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// A quiet still life of two shapes, always the same for the same product.
function picture(product) {
  const hue = hues[product.name.split(" ")[0]] ?? 30;
  const width = 52 + (product.id * 7) % 34;
  const tall = 46 + (product.id * 11) % 42;
  const round = 6 + (product.id * 5) % 22;
  const image = make("img", { className: "picture", alt: "" });
  image.src = "data:image/svg+xml," + encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 160" preserveAspectRatio="xMidYMid slice">
      <rect width="240" height="160" fill="hsl(${hue} 38% 88%)"/><rect y="122" width="240" height="38" fill="hsl(${hue} 30% 80%)"/>
      <ellipse cx="120" cy="128" rx="${width * 0.72}" ry="7" fill="hsl(${hue} 30% 62%)"/>
      <rect x="${120 - width / 2}" y="${127 - tall}" width="${width}" height="${tall}" rx="${round}" fill="hsl(${hue} 42% 52%)"/>
      <rect x="${120 - width / 2}" y="${127 - tall}" width="${width * 0.38}" height="${tall}" rx="${round}" fill="hsl(${hue} 45% 61%)"/>
      <circle cx="${120 + width / 2 + 12}" cy="113" r="14" fill="hsl(${hue + 28} 48% 66%)"/></svg>`);
  return image;
}

function card(product) {
  const button = make("button", { type: "button", textContent: "Order", disabled: product.stock === 0 });
  const stock = make("span", { className: "quiet", textContent: inWords(product.stock) });
  button.addEventListener("click", () => order(product, button, stock));
  const words = make("div", { className: "words" },
    make("h3", { textContent: product.name }),
    make("span", { className: "quiet", textContent: product.category }),
    stock,
    make("div", { className: "row" }, make("strong", { textContent: money.format(product.price_cents / 100) }), button));
  const badge = product.badge ? [make("span", { className: "badge", textContent: product.badge })] : [];
  return make("article", {}, picture(product), ...badge, words);
}

function inWords(stock) {
  return stock === 0 ? "sold out" : stock < 5 ? `only ${stock} left` : `${stock} in stock`;
}

async function show({ more = false } = {}) {
  const mine = ++asked;
  wish.page = more ? wish.page + 1 : 1;
  find("products").setAttribute("aria-busy", "true");
  const found = await call("/products?" + new URLSearchParams(wish));
  if (mine !== asked) return; // A later search has been answered or asked for meanwhile.
  const cards = found.products.map(card);
  more ? find("products").append(...cards) : find("products").replaceChildren(...cards);
  find("products").setAttribute("aria-busy", "false");
  find("count").textContent = `${found.total} ${found.total === 1 ? "product" : "products"}`;
  find("more").hidden = find("products").childElementCount >= found.total;
}

async function order(product, button, stock) {
  button.disabled = true;
  const body = JSON.stringify({ product: product.id, quantity: 1 });
  const placed = await call("/orders", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  stock.textContent = inWords(placed.stock);
  button.disabled = placed.stock === 0;
  say(`Ordered: ${placed.product}`);
  await showOrders();
}

async function showOrders() {
  const orders = await call("/orders");
  find("orders").replaceChildren(...orders.map((one) =>
    make("li", {}, `${one.quantity} × ${one.product} `, make("span", { className: "quiet", textContent: one.customer }))));
}

async function showCategories() {
  const all = await call("/categories");
  const buttons = [{ name: "" }, ...all].map(({ name }) => {
    const button = make("button", { type: "button", textContent: name || "Everything", ariaPressed: String(!name) });
    button.addEventListener("click", () => {
      wish.category = name;
      for (const other of buttons) other.ariaPressed = String(other === button);
      show();
    });
    return button;
  });
  find("categories").replaceChildren(...buttons);
}

let quiet;
function say(words) {
  Object.assign(find("notice"), { textContent: words, hidden: false });
  clearTimeout(quiet);
  quiet = setTimeout(() => { find("notice").hidden = true; }, 4000);
}

addEventListener("unhandledrejection", (event) => say(`The shop's API does not answer: ${event.reason.message}`));
find("search").addEventListener("input", (event) => { wish.search = event.target.value; show(); });
find("more").addEventListener("click", () => show({ more: true }));
await Promise.all([showCategories(), show(), showOrders()]);
