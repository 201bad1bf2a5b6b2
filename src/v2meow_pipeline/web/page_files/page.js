// Players of the takes: switching to the original sound, and one player at a time.
(() => {
  const DRIFT_S = 0.15;
  const partsOf = (element) => {
    const take = element.closest(".v2-take");
    return take && { take, video: take.querySelector("video"), audio: take.querySelector("audio") };
  };
  const playsOriginal = (take) => take.querySelector('input[value="original"]')?.checked === true;

  // Makes the original sound follow the video, or silences it.
  const follow = ({ take, video, audio }) => {
    if (!audio) return;
    const original = playsOriginal(take);
    video.muted = original;
    if (!original || video.paused) {
      audio.pause();
      return;
    }
    if (Math.abs(audio.currentTime - video.currentTime) > DRIFT_S) audio.currentTime = video.currentTime;
    audio.volume = video.volume;
    audio.playbackRate = video.playbackRate;
    if (audio.paused && video.currentTime < audio.duration) audio.play().catch(() => {});
  };

  document.addEventListener("change", (event) => {
    if (event.target.name?.startsWith("v2-sound-")) follow(partsOf(event.target));
  });
  for (const kind of ["play", "pause", "seeked", "timeupdate", "volumechange", "ratechange"]) {
    document.addEventListener(kind, (event) => {
      if (event.target.tagName !== "VIDEO") return;
      const parts = partsOf(event.target);
      if (!parts) return;
      if (kind === "play") {
        document.querySelectorAll("video").forEach((other) => other !== event.target && other.pause());
      }
      follow(parts);
    }, true);
  }
})();
