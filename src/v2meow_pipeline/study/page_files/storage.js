// Storage: requests to the server, repeated until they succeed, and the rater's identifier in this browser.

const RECORDED = 409; // the server has this answer already: its response was lost, or the page is open twice

export class RequestError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function request(method, path, body) {
  const options = { method, headers: { "Content-Type": "application/json" } };
  if (body !== undefined) options.body = JSON.stringify(body);
  const response = await fetch(`/api${path}`, options);
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({ error: "The server cannot be reached." }));
  if (!response.ok) throw new RequestError(response.status, answer.error);
  return answer;
}

// Shows a notice with a button; resolves when it is pressed.
function askToRetry(message) {
  const notice = document.getElementById("notice");
  const text = document.createElement("p");
  text.textContent = `${message} Your earlier answers are stored.`;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Try again";
  notice.replaceChildren(text, button);
  notice.hidden = false;
  button.focus();
  return new Promise((resolve) => {
    button.addEventListener("click", () => {
      notice.hidden = true;
      resolve();
    });
  });
}

// Like `request`, but failures of the network and of the server are repeated.
async function reliably(method, path, body) {
  for (;;) {
    try {
      return await request(method, path, body);
    } catch (error) {
      const isRefused = error instanceof RequestError && error.status < 500;
      if (isRefused || error.status === 503) throw error;
      await askToRetry("The connection failed.");
    }
  }
}

export class Storage {
  constructor(studyId) {
    this.key = `v2meow-study-${studyId}`;
  }

  static study() {
    return reliably("GET", "/study");
  }

  get raterId() {
    return localStorage.getItem(this.key);
  }

  forget() {
    localStorage.removeItem(this.key);
  }

  // The rater who started in this browser, or null.
  async rater() {
    if (!this.raterId) return null;
    try {
      return await reliably("GET", `/raters/${this.raterId}`);
    } catch (error) {
      if (error.status !== 404) throw error;
      this.forget();
      return null;
    }
  }

  async register(participant, browser) {
    const rater = await reliably("POST", "/raters", { consent: true, participant, browser });
    localStorage.setItem(this.key, rater.id);
  }

  headphones(attempt, answers) {
    return this.#record("/headphones", { attempt, answers });
  }

  answer(trial, answer) {
    return this.#record(`/trials/${trial.index}/${trial.kind}`, answer);
  }

  finish(comment) {
    return this.#record("/finish", { comment });
  }

  async withdraw() {
    await reliably("DELETE", `/raters/${this.raterId}`);
    this.forget();
  }

  async #record(path, body) {
    try {
      await reliably("POST", `/raters/${this.raterId}${path}`, body);
    } catch (error) {
      if (error.status !== RECORDED) throw error;
    }
  }
}
