// Headphone check (Woods et al. 2017) and volume setting, as a plugin of jsPsych: a sound and buttons below it, which
// work once the sound has been played to its end.

const { ParameterType } = window.jsPsychModule;

export class SoundPlugin {
  static info = {
    name: "v2meow-sound",
    version: "1.0.0",
    parameters: {
      sound: { type: ParameterType.STRING, default: undefined },
      heading: { type: ParameterType.STRING, default: undefined },
      text: { type: ParameterType.STRING, default: undefined },
      choices: { type: ParameterType.STRING, array: true, default: undefined },
    },
    data: { response: { type: ParameterType.INT } },
  };

  constructor(jsPsych) {
    this.jsPsych = jsPsych;
  }

  trial(display, trial) {
    display.innerHTML = `
      <h2 tabindex="-1"></h2>
      <p class="text"></p>
      <div class="controls"><button type="button" class="play">Play the sound</button></div>
      <div class="controls choices" role="group" aria-label="Answer"></div>
      <p role="status" class="heard"></p>
      <audio preload="auto"></audio>`;
    const heading = display.querySelector("h2");
    heading.textContent = trial.heading;
    display.querySelector(".text").textContent = trial.text;
    const [audio, status, play] = ["audio", ".heard", ".play"].map((selector) => display.querySelector(selector));
    const buttons = trial.choices.map((label, index) => this.#button(label, index, audio));
    display.querySelector(".choices").append(...buttons);
    audio.src = trial.sound;
    audio.addEventListener("error", () => (status.textContent = "The sound cannot be played. Reload the page."));
    audio.addEventListener("ended", () => {
      play.disabled = false;
      buttons.forEach((button) => (button.disabled = false));
      status.textContent = "You can answer now, or play the sound again.";
    });
    play.addEventListener("click", () => {
      play.disabled = true;
      status.textContent = "Playing.";
      audio.currentTime = 0;
      audio.play().catch(() => (play.disabled = false));
    });
    heading.focus();
  }

  #button(label, index, audio) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.disabled = true;
    button.addEventListener("click", () => {
      audio.pause();
      this.jsPsych.finishTrial({ response: index });
    });
    return button;
  }
}
