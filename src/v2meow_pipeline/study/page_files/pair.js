// Trials: the pair of players above the questions of jsPsych's Likert plugin.

import { NAMES, PLAYERS_HTML, SyncedPlayers } from "./players.js";

const [FIRST, SECOND] = NAMES;
const SCALE = [`${FIRST}, clearly`, `${FIRST}, slightly`, "No difference", `${SECOND}, slightly`, `${SECOND}, clearly`];
const MIDDLE = 2;
const QUESTIONS = {
  pair: [
    { name: "relevance", prompt: "Which music goes better with the video? Ignore the sound quality." },
    { name: "preference", prompt: "Which music do you prefer? Ignore the video." },
  ],
  check: [{ name: "answer", prompt: "To check your attention: one of the two has beeps in it. Which one?" }],
};
const BOTH_BAD = [
  { after: "relevance", name: "neither_fits", label: "Neither goes with the video" },
  { after: "preference", name: "both_sound_bad", label: "Both sound bad" },
];

// Timeline of a trial: preloads the videos, then plays them and asks. `save` receives the answer.
export function pairTimeline(jsPsych, study, trial, total, save) {
  const urls = [trial.first, trial.second];
  const preload = {
    type: jsPsychPreload,
    video: urls,
    message: "<p role='status'>Loading the videos.</p>",
    error_message: "<p role='alert'>The videos cannot be loaded. Reload the page to try again.</p>",
    continue_after_error: false,
    record_data: false,
  };
  let players;
  let startedMs;
  const flags = {};
  const ask = {
    type: jsPsychSurveyLikert,
    preamble: `<h2 tabindex="-1">${title(trial, total)}</h2>${PLAYERS_HTML}`,
    questions: QUESTIONS[trial.kind].map((question) => ({ ...question, labels: SCALE, required: true })),
    button_label: "Next",
    on_load: () => {
      const root = document.getElementById("study");
      const next = root.querySelector("#jspsych-survey-likert-next");
      next.disabled = true;
      next.setAttribute("aria-describedby", "heard");
      makeAccessible(root);
      if (trial.kind === "pair") addBothBad(root, flags);
      const blobs = urls.map((url) => jsPsych.pluginAPI.getVideoBuffer(url) || url);
      players = new SyncedPlayers(root, blobs, study.min_listen_s, () => (next.disabled = false));
      startedMs = performance.now();
      root.querySelector("h2").focus();
    },
    on_finish: (data) => {
      const [heard_first_s, heard_second_s] = players.heard();
      players.destroy();
      const points = Object.entries(data.response).map(([name, value]) => [name, value - MIDDLE]);
      const seconds = (performance.now() - startedMs) / 1000;
      const extra = trial.kind === "pair" ? { ...flags, heard_first_s, heard_second_s, seconds } : {};
      data.answer = { ...Object.fromEntries(points), ...extra };
    },
  };
  const store = {
    type: jsPsychCallFunction(jsPsych),
    run: () => save(jsPsych.data.get().last(1).values()[0].answer),
  };
  return [preload, ask, store];
}

function title(trial, total) {
  return `Video ${trial.index + 1} of ${total}`;
}

// A trial without a display that waits for a promise.
function jsPsychCallFunction(jsPsych) {
  const { ParameterType } = window.jsPsychModule;
  return class {
    static info = {
      name: "v2meow-call",
      version: "1.0.0",
      parameters: { run: { type: ParameterType.FUNCTION, default: undefined } },
      data: {},
    };

    async trial(display, trial) {
      display.innerHTML = "<p role='status'>Storing the answer.</p>";
      try {
        await trial.run();
      } catch (error) {
        const message = document.createElement("p");
        message.setAttribute("role", "alert");
        message.textContent = `${error.message} Reload the page to continue.`;
        display.replaceChildren(message);
        return;
      }
      jsPsych.finishTrial({});
    }
  };
}

// The plugin's questions are labels of nothing, and its lists have no names: make them named groups of radio buttons.
function makeAccessible(root) {
  root.querySelectorAll(".jspsych-survey-likert-opts").forEach((list, index) => {
    const statement = document.createElement("p");
    const label = list.previousElementSibling;
    statement.className = label.className;
    statement.id = `question-${index}`;
    statement.textContent = label.textContent;
    label.replaceWith(statement);
    list.setAttribute("role", "radiogroup");
    list.setAttribute("aria-labelledby", statement.id);
    list.querySelectorAll("li").forEach((item) => item.setAttribute("role", "presentation"));
  });
}

function addBothBad(root, flags) {
  for (const { after, name, label } of BOTH_BAD) {
    flags[name] = false;
    const box = document.createElement("input");
    box.type = "checkbox";
    box.name = name;
    box.addEventListener("change", () => (flags[name] = box.checked));
    const row = document.createElement("label");
    row.className = "both-bad";
    row.append(box, ` ${label}`);
    root.querySelector(`[data-name="${after}"]`).after(row);
  }
}
