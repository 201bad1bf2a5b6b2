// A rater's session. The server knows which part comes next, so a reload continues where the rater stopped.

import { SoundPlugin } from "./headphones.js";
import { pairTimeline } from "./pair.js";
import { Storage } from "./storage.js";

const FORM = { type: jsPsychSurveyHtmlForm };
const PARTICIPANT_KEYS = ["participant", "PROLIFIC_PID"];
const ORDINALS = ["First", "Second", "Third"];

const newJsPsych = () => initJsPsych({ display_element: "study" });

function focusHeading() {
  document.querySelector("#study h2")?.focus();
}

function showEnd(heading, text) {
  const [title, paragraph] = [document.createElement("h2"), document.createElement("p")];
  title.tabIndex = -1;
  title.textContent = heading;
  paragraph.textContent = text;
  document.getElementById("study").replaceChildren(title, paragraph);
  title.focus();
}

function participant() {
  const query = new URLSearchParams(location.search);
  return PARTICIPANT_KEYS.map((key) => query.get(key)).find((value) => value) ?? null;
}

// Checks the browser and asks for consent; returns the browser's properties, or null if it cannot take part.
async function askConsent(study) {
  const jsPsych = newJsPsych();
  const check = {
    type: jsPsychBrowserCheck,
    features: ["width", "height", "webaudio", "browser", "browser_version", "mobile", "os"],
    inclusion_function: (found) => found.webaudio && document.createElement("video").canPlayType("video/mp4") !== "",
    exclusion_message: () => "<p role='alert'>This browser cannot play the videos. Please use another one.</p>",
  };
  const consent = {
    ...FORM,
    preamble: `<h2 tabindex="-1">Taking part</h2><div class="text">${study.consent}</div>`,
    html: "<p><label class='consent'><input type='checkbox' name='consent' required> I am at least 18 years old, and I agree to take part.</label></p>",
    button_label: "Start",
    on_load: focusHeading,
  };
  await jsPsych.run([check, consent]);
  const [found, agreed] = jsPsych.data.get().values();
  if (!agreed?.response?.consent) return null;
  const { width, height, browser, browser_version, mobile, os } = found;
  return { width, height, browser, browser_version, mobile, os };
}

async function checkHeadphones(study, rater, storage) {
  const { attempt, sounds, tones } = rater.headphones;
  const jsPsych = newJsPsych();
  const again = attempt > 0 ? "The check was not passed. Please make sure that you wear headphones. " : "";
  const volume = {
    type: SoundPlugin,
    sound: study.volume,
    heading: "Headphones and volume",
    text: `${again}Put on your headphones, play the noise, and set a volume that is comfortable. Do not change it afterwards.`,
    choices: ["Continue"],
  };
  const trials = sounds.map((sound, index) => ({
    type: SoundPlugin,
    sound,
    heading: `Headphone check, ${index + 1} of ${sounds.length}`,
    text: "You will hear three tones. Which one is the quietest?",
    choices: ORDINALS.slice(0, tones),
  }));
  await jsPsych.run([volume, ...trials]);
  const answers = jsPsych.data.get().values().slice(1).map((row) => row.response);
  await storage.headphones(attempt, answers);
}

async function runTrials(study, rater, storage) {
  const jsPsych = newJsPsych();
  const total = rater.trials.length;
  let done = rater.trials.filter((trial) => trial.done).length;
  const instructions = {
    ...FORM,
    preamble: `<h2 tabindex="-1">What to do</h2><div class="text">
      <p>Each video comes with two pieces of music. Play both; you can switch between them at any time.</p>
      <p>First say which music goes better with the video, whatever its sound quality. Then say which music you prefer,
      whatever the video shows.</p></div>`,
    html: "",
    button_label: done ? "Continue" : "Begin",
    on_load: focusHeading,
  };
  const save = (trial) => async (answer) => {
    await storage.answer(trial, answer);
    showProgress(++done / total);
  };
  showProgress(done / total);
  const open = rater.trials.filter((trial) => !trial.done);
  await jsPsych.run([instructions, ...open.flatMap((trial) => pairTimeline(jsPsych, study, trial, total, save(trial)))]);
}

async function askComment(study, rater, storage) {
  const jsPsych = newJsPsych();
  const form = {
    ...FORM,
    preamble: "<h2 tabindex='-1'>The last question</h2>",
    html: "<p><label for='comment'>Is there anything that you would like to tell us? (optional)</label></p><textarea id='comment' name='comment' rows='5' maxlength='2000'></textarea>",
    button_label: "Finish",
    on_load: focusHeading,
  };
  await jsPsych.run([form]);
  await storage.finish(jsPsych.data.get().values()[0].response.comment ?? "");
}

const PARTS = { headphones: checkHeadphones, trials: runTrials, comment: askComment };
const ENDS = {
  finished: ["Thank you", "Your answers are stored. You can close this page."],
  excluded: ["Thank you", "The headphone check was not passed, so you cannot take part. You can close this page."],
};

function showProgress(share) {
  const bar = document.getElementById("progress");
  bar.hidden = false;
  bar.value = share;
}

function offerWithdrawal(storage) {
  const button = document.getElementById("withdraw");
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (!confirm("Delete all your answers and leave the study?")) return;
    await storage.withdraw();
    location.reload();
  });
}

async function main() {
  const study = await Storage.study();
  document.title = study.title;
  document.getElementById("title").textContent = study.title;
  const storage = new Storage(study.id);
  let rater = await storage.rater();
  if (!rater) {
    const browser = await askConsent(study);
    if (!browser) return;
    await storage.register(participant(), browser);
    rater = await storage.rater();
  }
  offerWithdrawal(storage);
  while (!(rater.status in ENDS)) {
    await PARTS[rater.status](study, rater, storage);
    rater = await storage.rater();
  }
  if (rater.status === "finished") showProgress(1);
  showEnd(...ENDS[rater.status]);
}

main().catch((error) => showEnd("The study cannot continue", error.message));
