// In every page, before its own scripts: a microphone with a tone of its own, and an ear for what is heard.

const tone = async () => {
  const context = new AudioContext();
  const [oscillator, gain] = [context.createOscillator(), context.createGain()];
  const out = context.createMediaStreamDestination();
  oscillator.frequency.value = HERTZ;
  gain.gain.value = 0.4;
  oscillator.connect(gain).connect(out);
  oscillator.start();
  return out.stream;
};
if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = tone;

// Returns the strongest frequency of a source, in Hz; 0 for silence. `connect` makes the source in the given context.
window.strongest = async (connect, context = new AudioContext()) => {
  const analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  const source = connect(context);
  source.connect(analyser);
  await new Promise((done) => setTimeout(done, 500));
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  source.disconnect(analyser);
  const level = Math.max(...levels);
  return level < -90 ? 0 : Math.round((levels.indexOf(level) * context.sampleRate) / analyser.fftSize);
};
