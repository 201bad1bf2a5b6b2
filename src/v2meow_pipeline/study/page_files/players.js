// A synchronised pair of players: two versions of one video, of which one is visible and audible at a time.
//
// Each version is a video file with its own sound, so the browser keeps picture and music together. Both play at once,
// one of them muted and hidden, so that a rater can switch at any time without a gap.

const TICK_MS = 50;
const MAX_DRIFT_S = 0.05;
const ALIGN_MS = 1000;
const BIN_S = 0.1; // resolution of the listening time
const END_S = 0.25; // the end of a file need not be heard

export const NAMES = ["Music 1", "Music 2"];

export const PLAYERS_HTML = `
  <div class="players">
    <div class="screen">
      <video playsinline preload="auto" tabindex="-1" aria-label="Video with music 1"></video>
      <video playsinline preload="auto" tabindex="-1" aria-label="Video with music 2" class="behind"></video>
    </div>
    <div class="controls" role="group" aria-label="Player">
      <button type="button" data-music="0" aria-pressed="false">Play music 1</button>
      <button type="button" data-music="1" aria-pressed="false">Play music 2</button>
      <button type="button" data-action="pause" disabled>Pause</button>
      <button type="button" data-action="restart">From the start</button>
    </div>
    <p class="heard" id="heard" role="status"></p>
  </div>`;

export class SyncedPlayers {
  // root: element that contains PLAYERS_HTML; urls: two video files; minListen: seconds; onReady: called once when
  // both have been heard for so long.
  constructor(root, urls, minListen, onReady) {
    this.videos = [...root.querySelectorAll("video")];
    this.buttons = [...root.querySelectorAll("[data-music]")];
    this.pauseButton = root.querySelector("[data-action=pause]");
    this.status = root.querySelector(".heard");
    this.minListen = minListen;
    this.onReady = onReady;
    this.active = 0;
    this.bins = [new Set(), new Set()];
    this.last = null;
    this.alignedMs = -ALIGN_MS;
    this.isReady = false;
    this.videos.forEach((video, index) => {
      video.src = urls[index];
      video.addEventListener("ended", () => this.#show());
      video.addEventListener("error", () => this.#fail());
    });
    this.buttons.forEach((button, index) => button.addEventListener("click", () => this.play(index)));
    this.pauseButton.addEventListener("click", () => this.pause());
    root.querySelector("[data-action=restart]").addEventListener("click", () => this.restart());
    this.timer = setInterval(() => this.#tick(), TICK_MS);
    this.#select(0);
    this.#show();
  }

  play(index) {
    this.#tick();
    const from = this.videos[this.active];
    const to = this.videos[index];
    const isAtEnd = from.ended;
    if (isAtEnd) this.videos.forEach((video) => (video.currentTime = 0));
    else if (index !== this.active && Math.abs(to.currentTime - from.currentTime) > MAX_DRIFT_S) {
      to.currentTime = from.currentTime;
    }
    this.#select(index);
    this.last = to.currentTime;
    this.videos.forEach((video) => video.play().catch(() => {}));
    this.#show();
  }

  pause() {
    this.videos.forEach((video) => video.pause());
    this.#show();
  }

  restart() {
    this.videos.forEach((video) => (video.currentTime = 0));
    this.play(this.active);
  }

  // Seconds of each track that have been heard, each part counted once.
  heard() {
    return this.bins.map((bins) => Math.round(bins.size * BIN_S * 10) / 10);
  }

  destroy() {
    clearInterval(this.timer);
    this.pause();
    this.videos.forEach((video) => {
      video.removeAttribute("src");
      video.load();
    });
  }

  #select(index) {
    this.active = index;
    this.last = null;
    this.videos.forEach((video, other) => {
      video.muted = other !== index;
      video.classList.toggle("behind", other !== index);
      video.setAttribute("aria-hidden", String(other !== index));
    });
  }

  #tick() {
    const video = this.videos[this.active];
    const now = video.currentTime;
    const isPlaying = !video.paused && !video.ended;
    if (video.seeking) return;
    if (this.last !== null && now > this.last) this.#count(this.last, now);
    this.last = isPlaying ? now : null;
    if (isPlaying) this.#align(now);
    this.#show();
  }

  // Moves the muted player if it has drifted from the audible one; not often, since moving costs time.
  #align(now) {
    const other = this.videos[1 - this.active];
    const nowMs = performance.now();
    if (other.seeking || Math.abs(other.currentTime - now) < MAX_DRIFT_S) return;
    if (nowMs - this.alignedMs < ALIGN_MS) return;
    this.alignedMs = nowMs;
    other.currentTime = now;
  }

  #count(from, to) {
    for (let bin = Math.floor(from / BIN_S); bin < Math.floor(to / BIN_S); bin++) this.bins[this.active].add(bin);
  }

  #needed(index) {
    const duration = this.videos[index].duration;
    return Number.isFinite(duration) ? Math.min(this.minListen, duration - END_S) : this.minListen;
  }

  #show() {
    const isPlaying = !this.videos[this.active].paused && !this.videos[this.active].ended;
    this.pauseButton.disabled = !isPlaying;
    this.buttons.forEach((button, index) => {
      button.setAttribute("aria-pressed", String(isPlaying && index === this.active));
    });
    const heard = this.heard();
    const missing = [0, 1].filter((index) => heard[index] < this.#needed(index) - 1e-6);
    const seconds = Math.round(this.minListen);
    let text = `Listen to at least ${seconds} ${seconds === 1 ? "second" : "seconds"} of `;
    text += missing.length === 2 ? "each music." : `${(NAMES[missing[0]] || "").toLowerCase()} too.`;
    if (missing.length === 0) text = "You can answer now, or listen again.";
    if (this.status.textContent !== text) this.status.textContent = text;
    if (missing.length === 0 && !this.isReady) {
      this.isReady = true;
      this.onReady();
    }
  }

  #fail() {
    this.status.textContent = "This video cannot be played. Reload the page, or use another browser.";
    clearInterval(this.timer);
  }
}
