// Passes each block of samples to the page. It runs on the browser's audio thread.

class Microphone extends AudioWorkletProcessor {
  process([input]) {
    if (input.length) this.port.postMessage(input[0].slice());
    return true;
  }
}

registerProcessor("microphone", Microphone);
