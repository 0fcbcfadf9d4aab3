// The level of a microphone while there is no call, for ten seconds.

const LAST_MS = 10_000;
const READ_MS = 100;
const LOUD = 0.35; // the root mean square of loud speech near a microphone

export class Level {
  #stop = () => {};

  constructor(show) {
    this.show = show;
  }

  async start(deviceId, ended) {
    const wanted = { audio: deviceId ? { deviceId } : true };
    const stream = await navigator.mediaDevices.getUserMedia(wanted);
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const reading = setInterval(() => this.show(loudness(analyser, samples)), READ_MS);
    const ending = setTimeout(ended, LAST_MS);
    this.#stop = () => {
      clearInterval(reading);
      clearTimeout(ending);
      stream.getTracks().forEach((track) => track.stop());
      context.close();
    };
  }

  stop() {
    this.#stop();
    this.#stop = () => {};
  }
}

function loudness(analyser, samples) {
  analyser.getFloatTimeDomainData(samples);
  const square = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return Math.min(1, Math.sqrt(square) / LOUD);
}
