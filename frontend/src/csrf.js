// The token with which the server knows that a request comes from its own page.
export const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";

// Posts fields; an answer that ends on another page (the login) counts as a failure.
export async function post(url, body, headers = {}) {
  const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": token, ...headers }, body });
  if (answer.redirected) throw new Error(`${url} led to ${answer.url}`);
  return answer;
}
