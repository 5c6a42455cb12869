// The timeline: a row for each class, a bar for each minute, from the whole time down to minutes; dragging
// chooses a time, the wheel goes nearer and further, and keys do both. No library, one SVG.
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080]; // minutes between ticks
const LEAST = 5; // minutes that are shown at least
const NEARER = 0.6;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
let made = 0;
export default {
  template: `
    <div class="timeline">
      <div ref="root" class="lane" tabindex="0" role="group" :aria-label="says.timeline + '. ' + says.keys" @keydown="key">
        <svg :viewBox="'0 0 ' + width + ' ' + height" :height="height" width="100%" aria-hidden="true"
             @pointerdown="down" @pointermove="move" @pointerup="up" @pointercancel="from = null" @pointerleave="leave" @wheel="wheel">
          <clipPath :id="clip"><rect :x="left" y="-10" :width="width - left" :height="height + 10" /></clipPath>
          <g v-for="(row, i) in rows" :key="row.name">
            <line :x1="left" :x2="width" :y1="base(i)" :y2="base(i)" class="rule" />
            <text x="0" :y="base(i) - 6" :class="{ faded: row.faded }">{{ row.label }}</text>
          </g>
          <g v-for="tick in ticks" :key="tick.minute">
            <line :x1="x(tick.minute)" :x2="x(tick.minute)" y1="0" :y2="floor + 4" class="tick" />
            <text :x="Math.min(x(tick.minute), width - 18)" :y="floor + 17" text-anchor="middle" class="hour">{{ tick.told }}</text>
          </g>
          <g :clip-path="'url(#' + clip + ')'">
            <path v-for="(row, i) in rows" :key="row.name" :d="paths[i]" :class="{ faded: row.faded }" />
            <rect v-if="shown" :x="x(shown[0])" :width="Math.max(2, x(shown[1]) - x(shown[0]))" y="0" :height="floor" class="chosen" />
            <path v-if="here !== null" :d="'M' + (x(here) - 6) + ' -8h12l-6 8z'" class="moment" />
            <line v-if="at !== null" :x1="x(at)" :x2="x(at)" y1="0" :y2="floor" class="over" />
          </g>
        </svg>
      </div>
      <div class="row-line near">
        <span class="small hint" :class="told ? 'nums' : 'muted'" :aria-live="keyed ? 'polite' : 'off'">{{ told || hint }}</span>
        <span class="small muted nums" role="status">{{ span }}</span>
        <button type="button" class="button" @click="zoom(1 / 0.6)" :disabled="whole" :aria-label="says.further" :title="says.further">−</button>
        <button type="button" class="button" @click="zoom(0.6)" :disabled="near" :aria-label="says.nearer" :title="says.nearer">+</button>
        <button type="button" class="button" @click="all" :disabled="whole">{{ says.all }}</button>
        <slot></slot>
      </div>
    </div>`,
  props: { rows: Array, minutes: Number, begin: { default: null }, zone: String, language: String, says: Object, hint: String, selection: Array, moment: { default: null }, choosable: Boolean },
  emits: ["pick"],
  data: () => ({ width: 900, left: 96, row: 26, clip: `timeline-${++made}`, view: null, from: null, to: null, at: null, keyed: false, here: null }),
  computed: {
    floor() { return Math.max(1, this.rows.length) * this.row; },
    height() { return this.floor + 22; },
    first() { return this.view ? this.view[0] : 0; },
    last() { return this.view ? this.view[1] : this.minutes; },
    whole() { return this.view === null; },
    near() { return this.last - this.first <= Math.min(LEAST, this.minutes); },
    peak() { return Math.max(1, ...this.rows.map((row) => row.counts.reduce((a, b) => Math.max(a, b), 0))); },
    shown() { return this.from === null ? this.selection : [Math.min(this.from, this.to), Math.max(this.from, this.to)]; },
    clocks() {
      const told = (options) => new Intl.DateTimeFormat(this.language, { timeZone: this.zone, ...options });
      return { clock: told({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }), day: told({ weekday: "short", day: "numeric", month: "short" }) };
    },
    ticks() {
      const most = clamp((this.width - this.left) / 70, 2, 14), length = this.last - this.first;
      const step = STEPS.find((n) => length / n <= most) ?? STEPS.at(-1), ticks = [];
      for (let minute = Math.ceil(this.first / step) * step; minute <= this.last; minute += step)
        ticks.push({ minute, told: step >= 1440 && this.begin !== null ? this.day(minute) : this.clock(minute) });
      return ticks;
    },
    paths() { // a minute is never narrower than two pixels: further out a bar is of several, and as high as the highest
      const wide = (this.width - this.left) / (this.last - this.first), each = Math.max(1, Math.ceil(2 / wide));
      const begin = Math.floor(this.first / each) * each;
      return this.rows.map((row, i) => {
        let path = "";
        for (let at = begin; at < this.last; at += each) {
          let most = 0;
          for (let m = at; m < Math.min(this.minutes, at + each); m++) most = Math.max(most, row.counts[m]);
          if (!most) continue;
          const high = Math.max(2, Math.sqrt(most / this.peak) * (this.row - 5)); // a single one is to be seen, too
          path += `M${this.x(at).toFixed(1)} ${this.base(i)}v-${high.toFixed(1)}h${Math.max(1, wide * each - 0.4).toFixed(1)}v${high.toFixed(1)}z`;
        }
        return path;
      });
    },
    span() { return this.whole ? "" : `${this.clock(Math.round(this.first))}–${this.clock(Math.round(this.last))}`; },
    told() {
      if (this.at === null) return "";
      const minute = Math.min(this.minutes - 1, Math.floor(this.at));
      const there = this.rows.filter((row) => row.counts[minute]).map((row) => `${row.label} ${row.counts[minute]}`);
      const chosen = this.from === null ? "" : ` (${this.clock(this.shown[0])}–${this.clock(this.shown[1])})`;
      return `${this.clock(minute)}${chosen} · ${there.join(", ") || this.says.nobody}`;
    },
  },
  watch: {
    begin() { this.all(); },
    minutes() { this.all(); },
    moment: { immediate: true, handler(minute) { this.here = minute; } },
  },
  mounted() {
    this.watcher = new ResizeObserver(() => (this.width = Math.max(300, this.$refs.root.clientWidth)));
    this.watcher.observe(this.$refs.root);
  },
  unmounted() { this.watcher.disconnect(); },
  methods: {
    x(minute) { return this.left + ((minute - this.first) / (this.last - this.first)) * (this.width - this.left); },
    base(i) { return (i + 1) * this.row; },
    clock(minute) {
      if (this.begin !== null) return this.clocks.clock.format((this.begin + 60 * minute) * 1000);
      return minute < 60 ? `${minute}:00` : `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, "0")}:00`;
    },
    day(minute) { return this.clocks.day.format((this.begin + 60 * minute) * 1000); },
    point(minute) { this.here = minute; },
    minute(event) { // not rounded
      const box = this.$refs.root.getBoundingClientRect();
      const share = (event.clientX - box.left - this.left) / (box.width - this.left);
      return this.first + clamp(share, 0, 1) * (this.last - this.first);
    },
    show(first, length) {
      length = clamp(length, Math.min(LEAST, this.minutes), this.minutes);
      first = clamp(first, 0, this.minutes - length);
      this.view = length >= this.minutes ? null : [first, first + length];
    },
    zoom(by, around = null) { // what it is around stays where it is
      const length = this.last - this.first, centre = around ?? this.at ?? this.here;
      const fixed = centre === null || centre < this.first || centre > this.last ? (this.first + this.last) / 2 : centre;
      const next = clamp(length * by, Math.min(LEAST, this.minutes), this.minutes);
      this.show(fixed - ((fixed - this.first) / length) * next, next);
    },
    pan(by) { const length = this.last - this.first; this.show(this.first + by * length, length); },
    all() { this.view = null; },
    wheel(event) {
      const aside = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (this.whole && (aside || event.deltaY > 0)) return; // the page scrolls
      event.preventDefault();
      if (aside) this.pan(Math.sign(event.deltaX || event.deltaY) * 0.1);
      else this.zoom(event.deltaY < 0 ? NEARER : 1 / NEARER, this.minute(event));
    },
    down(event) {
      if (!this.choosable) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      this.from = this.to = Math.round(this.minute(event));
    },
    move(event) {
      const box = this.$refs.root.getBoundingClientRect();
      this.keyed = false;
      this.at = event.clientX - box.left < this.left ? null : this.minute(event);
      if (this.from !== null) this.to = Math.round(this.minute(event));
    },
    leave() { if (this.from === null) this.at = null; },
    up() {
      if (this.from === null) return;
      const [first, last] = this.shown;
      this.from = null;
      this.pick(first, last);
    },
    pick(first, last) {
      if (!this.choosable) return;
      if (last - first < 2) { // a round piece of time around it
        const length = this.last - this.first, round = length > 180 ? 60 : length > 30 ? 5 : 1;
        first = Math.floor(Math.min(first, this.minutes - 1) / round) * round;
        last = first + round;
      }
      this.$emit("pick", { first, last: Math.min(this.minutes, last) });
    },
    walk(by, choosing) {
      const step = Math.max(1, Math.round((this.last - this.first) / 60));
      const now = Math.floor(this.at ?? clamp(this.here ?? (this.first + this.last) / 2, this.first, this.last));
      this.go(now + by * step, choosing ? now : null);
    },
    go(minute, anchor = null) {
      if (anchor === null) this.from = null;
      else if (this.choosable) this.from ??= anchor;
      this.at = clamp(Math.round(minute), 0, this.minutes - 1);
      if (this.from !== null) this.to = this.at;
      const length = this.last - this.first;
      if (this.at < this.first) this.show(this.at - length / 4, length);
      else if (this.at > this.last) this.show(this.at - (length * 3) / 4, length);
    },
    key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const chosen = this.from !== null;
      const does = {
        ArrowLeft: () => this.walk(-1, event.shiftKey), ArrowRight: () => this.walk(1, event.shiftKey),
        PageUp: () => this.pan(-0.8), PageDown: () => this.pan(0.8),
        Home: () => this.go(Math.ceil(this.first)), End: () => this.go(Math.floor(this.last)),
        "+": () => this.zoom(NEARER), "=": () => this.zoom(NEARER), "-": () => this.zoom(1 / NEARER), 0: () => this.all(),
        Enter: () => { if (chosen) this.up(); else if (this.at !== null) this.pick(Math.floor(this.at), Math.floor(this.at)); },
        Escape: () => { this.from = null; this.at = null; },
      }[event.key];
      if (!does) return;
      event.preventDefault();
      event.stopPropagation(); // the player has keys of the same names
      this.keyed = true;
      does();
    },
  },
};
