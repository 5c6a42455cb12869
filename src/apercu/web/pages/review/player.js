// The player of a synopsis, or of a clip: a video, boxes over it that know their true times, and the keys.
// Where there are two, the keys are for the one that was touched last, else for the synopsis.
// A synopsis that is still rendered is shown as it grows; when it is there, the same place of it is shown.
const RATES = [0.25, 0.5, 1, 2, 4, 8];
const players = new Set();
let touched = null;
const listening = () => (players.has(touched) ? touched : ([...players].find((player) => player.first) ?? [...players][0]));
export default {
  template: `
    <div class="player" ref="root" role="group" :aria-label="says.player" @pointerdown="touch" @focusin="touch">
      <div class="stage" ref="stage" @pointermove="hover" @pointerleave="hover(null)" @click="choose">
        <video ref="video" playsinline muted preload="auto" @loadedmetadata="ready" @timeupdate="tick" @seeked="tick"
               @play="playing = true" @pause="playing = false; tick()" @error="gone = true"></video>
        <canvas ref="over"></canvas>
        <div v-if="!src" class="badge wait told" role="status">{{ says.growing }}</div>
        <div v-else-if="gone" class="badge bad told" role="status">{{ says.gone }}</div>
        <div v-if="at" class="tip" :style="{ left: at.x + 'px', top: at.y + 'px' }">{{ at.told }}</div>
      </div>
      <div class="controls">
        <button type="button" class="button" @click="step(-1)" :aria-label="says.back" :title="says.back">−1 s</button>
        <button type="button" class="button main" @click="toggle" :aria-label="says.play" :title="says.play" :aria-pressed="playing">{{ playing ? "❚❚" : "▶" }}</button>
        <button type="button" class="button" @click="step(1)" :aria-label="says.forward" :title="says.forward">+1 s</button>
        <input type="range" min="0" :max="length" step="0.04" :value="now" :aria-label="says.position" @input="seek(+$event.target.value)">
        <span class="nums small" aria-live="off">{{ clock(now) }} / {{ clock(length) }}</span>
        <select :value="rate" @change="pace(+$event.target.value)" :aria-label="says.speed"><option v-for="r in rates" :value="r">{{ r }}×</option></select>
        <button v-if="tubes.length" type="button" class="button" :aria-pressed="boxes" @click="boxes = !boxes; draw()">{{ says.boxes }}</button>
        <button type="button" class="button" @click="full" :aria-label="says.full" :title="says.full"><svg viewBox="0 0 16 16" width="16" aria-hidden="true"><path d="M1 6V1h5M10 1h5v5M15 10v5h-5M6 15H1v-5" fill="none" stroke="currentColor" stroke-width="2" /></svg></button>
      </div>
      <div v-if="tubes.length" class="onscreen" :class="{ quiet: playing }">
        <span class="small muted">{{ says.onscreen }}</span>
        <button v-for="tube in playing ? [] : visible" :key="tube.number" type="button" class="button chip" @click="open(tube)">{{ tube.told }}</button>
      </div>
    </div>`,
  props: { src: String, grows: String, feeder: String, index: String, says: Object, classes: Object, start: { default: 0 }, first: Boolean, zone: String, language: String },
  emits: ["tube", "moment"],
  data: () => ({ now: 0, length: 0, playing: false, rate: 1, rates: RATES, tubes: [], visible: [], at: null, boxes: false, size: [1, 1], back: null, chosen: null, seen: null, gone: false }),
  watch: { src() { this.change(); }, index() { this.load(); } },
  async mounted() {
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(this.$refs.stage);
    this.listener = (event) => this.key(event);
    players.add(this);
    document.addEventListener("keydown", this.listener);
    const frame = () => { if (this.playing) this.draw(); this.loop = requestAnimationFrame(frame); };
    frame();
    // Which picture is on the screen only this tells: currentTime runs ahead of it by up to one.
    const video = this.$refs.video;
    const told = (_, picture) => { this.seen = picture.mediaTime; if (!this.playing) this.tick(); video.requestVideoFrameCallback?.(told); };
    video.requestVideoFrameCallback?.(told);
    this.change();
    await this.load();
  },
  unmounted() {
    this.feeding?.abort();
    players.delete(this);
    document.removeEventListener("keydown", this.listener);
    cancelAnimationFrame(this.loop);
    clearInterval(this.back);
    this.watcher.disconnect();
  },
  methods: {
    change() { // to the complete video, at the place where the growing one is
      const video = this.$refs.video, playing = !video.paused && !video.ended, grew = this.feeding;
      this.feeding?.abort();
      this.feeding = null;
      if (!this.src && this.grows) {
        this.feeding = new AbortController();
        const signal = this.feeding.signal;
        import(this.feeder).then(({ feed }) => feed(video, this.grows, signal, (end) => { this.length = end; }));
        return;
      }
      this.place = grew ? video.currentTime : this.start;
      video.autoplay = playing;
      this.gone = false;
      video.src = this.src;
    },
    async load() {
      this.tubes = []; this.visible = []; this.at = null; this.seen = null;
      if (!this.index) return;
      const answer = await fetch(this.index);
      if (!answer.ok) return;
      const told = await answer.json();
      this.size = [told.width, told.height];
      this.tubes = told.tubes.map((tube) => ({ ...tube, name: this.classes[tube.class] ?? tube.class }));
      for (const tube of this.tubes) tube.told = `${tube.name} · ${tube.label_start}`;
      this.tick();
    },
    ready() {
      const video = this.$refs.video;
      if (Number.isFinite(video.duration)) this.length = video.duration;
      video.playbackRate = this.rate;
      if (this.place) video.currentTime = this.place;
      this.tick();
    },
    clock(s) {
      const whole = Math.floor(s), m = Math.floor(whole / 60);
      return `${m}:${String(whole % 60).padStart(2, "0")}`;
    },
    trueTime(tube, second) { // of a second of its recording
      if (tube.original_start_time === null) return this.clock(second);
      const moment = Date.parse(tube.original_start_time) + 1000 * (second - tube.original_start_s);
      const told = { timeZone: this.zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
      return new Intl.DateTimeFormat(this.language, told).format(moment);
    },
    box(tube, t) { // places stand every half second: between two it is where both say, in proportion
      if (t < tube.output_start_s - 0.02 || t > tube.output_end_s + 0.02) return null;
      const places = tube.places;
      let i = places.findIndex((place) => place.output_s > t);
      if (i < 0) i = places.length - 1;
      const b = places[i], a = places[Math.max(0, i - 1)];
      const share = b.output_s > a.output_s ? Math.min(1, Math.max(0, (t - a.output_s) / (b.output_s - a.output_s))) : 0;
      return { box: a.box.map((v, k) => v + (b.box[k] - v) * share), original: a.original_s + (b.original_s - a.original_s) * share };
    },
    moment() { return this.seen ?? this.$refs.video.currentTime; },
    tick() {
      const video = this.$refs.video;
      if (!video) return;
      this.now = video.currentTime;
      this.visible = this.tubes.filter((tube) => this.box(tube, this.moment()));
      this.tell();
      this.$emit("moment", this.now);
    },
    draw() {
      const canvas = this.$refs.over, video = this.$refs.video;
      if (!canvas || !this.tubes.length) return;
      const wide = video.clientWidth, high = video.clientHeight, dots = window.devicePixelRatio || 1;
      if (canvas.width !== Math.round(wide * dots) || canvas.height !== Math.round(high * dots)) {
        canvas.width = Math.round(wide * dots); canvas.height = Math.round(high * dots);
      }
      const pen = canvas.getContext("2d"), style = getComputedStyle(canvas);
      pen.setTransform((wide * dots) / this.size[0], 0, 0, (high * dots) / this.size[1], 0, 0);
      pen.clearRect(0, 0, ...this.size);
      const thin = this.size[0] / Math.max(1, wide);
      for (const tube of this.tubes) {
        const pointed = this.at && this.at.tube === tube, chosen = this.chosen === tube.number;
        if (!this.boxes && !pointed && !chosen) continue;
        const found = this.box(tube, this.moment());
        if (!found) continue;
        const [x1, y1, x2, y2] = found.box;
        for (const [colour, width] of [["#000", 4], [pointed || chosen ? style.getPropertyValue("--mark") : "#fff", 2]]) {
          pen.strokeStyle = colour; pen.lineWidth = width * thin;
          pen.strokeRect(x1, y1, x2 - x1, y2 - y1);
        }
      }
    },
    under(event) {
      const video = this.$refs.video.getBoundingClientRect();
      const x = ((event.clientX - video.left) / video.width) * this.size[0], y = ((event.clientY - video.top) / video.height) * this.size[1];
      const room = 0.008 * this.size[0];
      let best = null, least = Infinity;
      for (const tube of this.tubes) {
        const found = this.box(tube, this.moment());
        if (!found) continue;
        const [x1, y1, x2, y2] = found.box, area = (x2 - x1) * (y2 - y1);
        if (x >= x1 - room && x <= x2 + room && y >= y1 - room && y <= y2 + room && area < least) { best = tube; least = area; }
      }
      return best;
    },
    hover(event) { this.pointer = event; this.tell(); },
    tell() { // what the pointer is on: when it moves, and when what is under it does
      const event = this.pointer, tube = event && this.under(event), stage = this.$refs.stage.getBoundingClientRect();
      const told = tube && `${tube.name} · ${this.trueTime(tube, this.box(tube, this.moment()).original)}`;
      this.at = tube ? { tube, told, x: Math.min(event.clientX - stage.left + 12, stage.width - 190), y: Math.max(4, event.clientY - stage.top - 34) } : null;
      this.$refs.stage.style.cursor = tube ? "pointer" : "";
      this.draw();
    },
    choose(event) {
      if (!this.tubes.length) return this.toggle();
      const tube = this.under(event);
      if (tube) this.open(tube); else this.toggle();
    },
    open(tube) {
      const found = this.box(tube, this.moment());
      this.chosen = tube.number;
      this.$refs.video.pause();
      this.$emit("tube", { recording_id: tube.recording_id, track_id: tube.track_id, second: found ? found.original : tube.original_start_s });
      this.draw();
    },
    stop() { clearInterval(this.back); this.back = null; },
    toggle() { this.stop(); const video = this.$refs.video; video.paused ? this.play() : video.pause(); },
    play() { // a source that comes meanwhile interrupts it, and plays by itself
      this.$refs.video.play().catch((error) => { if (error.name !== "AbortError" && !this.gone) throw error; });
    },
    seek(s) { this.stop(); this.$refs.video.currentTime = Math.min(this.length, Math.max(0, s)); this.now = s; },
    step(s) { this.$refs.video.pause(); this.seek(this.$refs.video.currentTime + s); },
    pace(rate) { this.rate = rate; this.$refs.video.playbackRate = rate; },
    faster() {
      const video = this.$refs.video;
      if (this.back) { this.stop(); this.pace(1); this.play(); return; }
      if (video.paused) { this.pace(1); this.play(); } else this.pace(RATES[Math.min(RATES.length - 1, RATES.indexOf(this.rate) + 1)]);
    },
    backwards() { // videos play forwards only: going back is seeking, ten times a second
      const video = this.$refs.video;
      const by = this.back ? Math.min(0.8, this.by * 2) : 0.1;
      this.stop(); video.pause();
      this.by = by;
      this.back = setInterval(() => { video.currentTime = Math.max(0, video.currentTime - by); if (!video.currentTime) this.stop(); }, 100);
    },
    touch() { touched = this; },
    full() { document.fullscreenElement ? document.exitFullscreen() : this.$refs.root.requestFullscreen(); },
    key(event) {
      if (listening() !== this) return;
      if (event.ctrlKey || event.metaKey || event.altKey || apercu.isTyping(event) || document.querySelector(".q-dialog")) return;
      const onButton = event.target.closest("button, a, summary, [role=button], input");
      const does = {
        " ": () => this.toggle(), k: () => this.toggle(), j: () => this.backwards(), l: () => this.faster(),
        ArrowLeft: () => this.step(event.shiftKey ? -0.04 : -1), ArrowRight: () => this.step(event.shiftKey ? 0.04 : 1),
      }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!does || (onButton && (event.key === " " || (onButton.type === "range" && event.key.startsWith("Arrow"))))) return;
      event.preventDefault();
      does();
    },
  },
};
