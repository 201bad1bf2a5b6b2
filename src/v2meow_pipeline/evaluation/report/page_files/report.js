"use strict";
// Sorting: a click on a heading sorts the rows, another click reverses the order; cells without a number come last.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.tabIndex = 0;
    const sort = () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const body = table.tBodies[0];
      const direction = up ? 1 : -1;
      [...body.rows].sort((a, b) => compare(a.cells[column], b.cells[column], direction)).forEach((row) => body.append(row));
    };
    head.addEventListener("click", sort);
    head.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(); });
  });
}

function compare(one, other, direction) {
  if (!("value" in one.dataset) || !("value" in other.dataset)) return direction * one.textContent.localeCompare(other.textContent);
  const [a, b] = [one.dataset.value, other.dataset.value];
  if (a === "" || b === "") return (a === "") - (b === "");
  return direction * (Number(a) - Number(b));
}

// Players: the video is synchronised to the audio; only one clip and one system play at a time.
const TOLERATED_S = 0.06;
let live = null;

class Clip {
  constructor(element) {
    this.element = element;
    this.duration = Number(element.dataset.duration);
    this.video = element.querySelector("video");
    this.tracks = [...element.querySelectorAll(".track.sound")].map((track) => ({
      button: track.querySelector("button"), audio: track.querySelector("audio"),
    }));
    this.heads = [...element.querySelectorAll(".head")];
    this.current = null;
    this.tracks.forEach((track) => {
      track.button.addEventListener("click", () => this.toggle(track));
      track.audio.addEventListener("play", () => this.started(track));
      track.audio.addEventListener("pause", () => this.paused(track));
      track.audio.addEventListener("seeking", () => { if (track === this.current) this.follow(); });
    });
    for (const strip of element.querySelectorAll(".strip")) {
      strip.addEventListener("click", (event) => {
        const place = (event.clientX - strip.getBoundingClientRect().left) / strip.clientWidth;
        const own = this.tracks.find((track) => track.button.parentElement === strip.parentElement);
        this.play(own || this.current || this.tracks[0], place * this.duration);
      });
    }
    if (this.video) this.video.addEventListener("click", () => this.toggle(this.current || this.tracks[0]));
  }

  toggle(track) {
    if (track === this.current && !track.audio.paused) track.audio.pause();
    else this.play(track, this.now());
  }

  now() {
    const at = this.current ? this.current.audio.currentTime : 0;
    return at >= this.duration - 0.1 ? 0 : at;
  }

  play(track, at) {
    const audio = track.audio;
    const before = this.current;
    this.current = track;
    if (before && before !== track) before.audio.pause();
    // currentTime can only be set after the metadata are loaded.
    if (audio.readyState === 0) {
      audio.addEventListener("loadedmetadata", () => { audio.currentTime = at; }, { once: true });
    } else if (Math.abs(audio.currentTime - at) > 0.01) {
      audio.currentTime = at;
    }
    audio.play().catch(report);
  }

  started(track) {
    if (live && live !== this && live.current) live.current.audio.pause();
    if (this.current && this.current !== track) this.current.audio.pause();
    live = this;
    this.current = track;
    for (const clip of clips) clip.element.classList.toggle("live", clip === this);
    for (const other of this.tracks) other.button.setAttribute("aria-pressed", String(other === track));
    this.follow();
    if (this.video) this.video.play().catch(report);
    requestAnimationFrame(() => this.tick());
  }

  paused(track) {
    if (track !== this.current) return;
    track.button.setAttribute("aria-pressed", "false");
    if (this.video) this.video.pause();
    this.follow();
  }

  follow() {
    const at = this.current.audio.currentTime;
    if (this.video && this.video.readyState > 0 && !this.video.seeking && Math.abs(this.video.currentTime - at) > TOLERATED_S) {
      this.video.currentTime = Math.min(at, this.video.duration || at);
    }
    const share = `${Math.min(100, 100 * at / this.duration)}%`;
    for (const head of this.heads) head.style.left = share;
  }

  tick() {
    if (!this.current || this.current.audio.paused) return;
    this.follow();
    requestAnimationFrame(() => this.tick());
  }
}

// AbortError only means that play() was interrupted by pause().
function report(error) { if (error.name !== "AbortError") console.error(error); }

const clips = [...document.querySelectorAll(".clip")].map((element) => new Clip(element));

document.addEventListener("keydown", (event) => {
  if (!live || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("button, audio, summary, th, a")) return;
  const track = live.tracks[Number(event.key) - 1];
  if (event.key === " ") { event.preventDefault(); live.toggle(live.current); }
  else if (track) { live.play(track, live.now()); }
});
