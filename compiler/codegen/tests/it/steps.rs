//! Random twins with everything in them, and random lives: evaluator and native code, word by word.

use crate::plans::{Maker, World, event, native};
use crate::random::{Draw, Pool};
use proptest::prelude::*;
use twin_codegen::{Choices, Options};
use twin_evaluator::Evaluator;
use twin_plan::kernel::{Entry, What};
use twin_plan::layout::{NEVER, NOT_BEGUN};
use twin_plan::{
    Accumulator, Extent, Few, Integration, IntegrationId, LagId, LagPlan, Lane, NodeKind, Output, OutputId,
    OutputKind, Plan, Read, Reset, ResetId, Silence, Slot, SlotKind, Solver, Stmt, Tick, TickKind, Trigger,
    ValueId, When, WindowId, WindowPlan, few,
};
use twin_types::{Aggregate, Scalar, Word};

const SECOND: i64 = 1_000_000_000;

/// Builds a twin from a stream of numbers.
struct Weaver {
    maker: Maker,
    draw: Draw,
    pool: Pool,
    /// Slots that statements may store to, with their scalars.
    stores: Vec<(Slot, Scalar)>,
    values: Vec<(ValueId, Scalar)>,
    texts: Vec<(Slot, u32)>,
    ticks: u32,
}

impl Weaver {
    fn new(numbers: Vec<u32>) -> Weaver {
        let columns = Pool::COLUMNS;
        let mut maker = Maker::new(&columns);
        maker.input(&columns);
        maker.plan.texts = vec!["one".into(), "zwei".into(), "a longer text".into()];
        let mut weaver = Weaver {
            maker,
            draw: Draw::new(numbers),
            pool: Pool::default(),
            stores: vec![],
            values: vec![],
            texts: vec![],
            ticks: 0,
        };
        weaver.state();
        weaver.time();
        weaver
    }

    /// Slots, values and texts.
    fn state(&mut self) {
        for ty in [Scalar::Real, Scalar::Int, Scalar::Bool] {
            for number in 0..2 {
                let name = format!("{ty:?}{number}");
                let slot = self.maker.twin.layout.add_value(name.clone(), ty);
                self.stores.push((slot, ty));
                self.pool.add(&mut self.maker, NodeKind::Slot(slot), ty);
                let (kept, _) = self.maker.value(&name, ty);
                let register = self.maker.register(&name, ty);
                for value in [kept, register] {
                    self.values.push((value, ty));
                    self.pool.add(&mut self.maker, NodeKind::Value(value), ty);
                }
            }
        }
        let register = self.maker.register("text", Scalar::String);
        self.values.push((register, Scalar::String));
        self.pool.add(&mut self.maker, NodeKind::Value(register), Scalar::String);
        for number in 0..2 {
            let slot = self.maker.twin.layout.add_text(format!("text{number}"), 6);
            self.texts.push((slot, 6));
            self.pool.add(&mut self.maker, NodeKind::Slot(slot), Scalar::String);
            self.pool.add(&mut self.maker, NodeKind::Text(number), Scalar::String);
        }
        self.pool.add(&mut self.maker, NodeKind::Key, Scalar::String);
        self.pool.add(&mut self.maker, NodeKind::Now, Scalar::Int);
        self.pool.add(&mut self.maker, NodeKind::StreamNow, Scalar::Int);
        let kept = self.maker.twin.layout.add_value("kept", Scalar::Real);
        self.maker.twin.inputs[0].kept.push((0, kept));
        self.pool.add(&mut self.maker, NodeKind::Slot(kept), Scalar::Real);
    }

    /// Ticks, deadlines, silence.
    fn time(&mut self) {
        for (period, rest) in [(7, 40), (10, 60)] {
            let due = self.maker.twin.layout.add("due", SlotKind::Bookkeeping, &[NEVER as Word]);
            let (resting, ty) = self.stores[self.draw.below(self.stores.len())];
            let kind = TickKind::Every { period_ns: period * SECOND, rest_after_ns: rest * SECOND };
            self.maker.twin.ticks.push(Tick { kind, due, resting: vec![(resting, ty.absent())] });
        }
        for _ in 0..2 {
            let slot = self.maker.twin.layout.add("deadline", SlotKind::Bookkeeping, &[NEVER as Word]);
            self.maker.twin.deadlines.push(slot);
            self.maker.twin.ticks.push(Tick {
                kind: TickKind::Deadlines(vec![slot]),
                due: slot,
                resting: vec![],
            });
        }
        self.ticks = 4;
        let limit = self.maker.int(5 * SECOND);
        let last_read = self.maker.twin.layout.add_value("last read", Scalar::Timestamp);
        let is_silent = self.maker.twin.layout.add("silent", SlotKind::Value(Scalar::Bool), &[0]);
        self.pool.add(&mut self.maker, NodeKind::Slot(is_silent), Scalar::Bool);
        self.maker.twin.silences.push(Silence { input: 0, limit, inclusive: false, last_read, is_silent });
    }

    fn trigger(&mut self) -> Trigger {
        let inputs = (0..2).filter(|_| self.draw.chance(60)).collect();
        let ticks = (0..self.ticks).filter(|_| self.draw.chance(40)).collect();
        Trigger { inputs, ticks, every_step: self.draw.chance(15), quiet: self.draw.chance(30) }
    }

    fn statements(&mut self, depth: u32) -> Vec<Stmt> {
        let count = 1 + self.draw.below(4);
        (0..count).map(|_| self.statement(depth)).collect()
    }

    fn expr(&mut self, ty: Scalar) -> twin_plan::ExprId {
        let more = self.draw.below(5);
        for _ in 0..more {
            self.pool.grow(&mut self.maker, &mut self.draw);
        }
        self.pool.pick(&mut self.draw, ty)
    }

    fn statement(&mut self, depth: u32) -> Stmt {
        match self.draw.below(if depth < 3 { 24 } else { 14 }) {
            0..=4 => {
                let (value, ty) = self.values[self.draw.below(self.values.len())];
                Stmt::Let(value, self.expr(ty))
            }
            5..=7 => {
                let (slot, ty) = self.stores[self.draw.below(self.stores.len())];
                Stmt::Store(slot, self.expr(ty))
            }
            8 => {
                let (slot, bytes) = self.texts[self.draw.below(self.texts.len())];
                let fault = self.maker.fault();
                Stmt::StoreText { slot, bytes, text: self.expr(Scalar::String), fault }
            }
            9 | 10 => self.output(),
            11 => {
                let slot = self.maker.twin.deadlines[self.draw.below(2)];
                let span = self.maker.int((1 + self.draw.below(12)) as i64 * SECOND);
                let now = self.maker.node(NodeKind::Now, Scalar::Int);
                let due = self.maker.prim(twin_plan::Prim::AddInt, &[now, span], Scalar::Int);
                Stmt::Deadline(slot, due)
            }
            12 => self.reset(),
            13 => Stmt::Fault(self.maker.fault()),
            14..=16 => {
                let when = self.expr(Scalar::Bool);
                let then = self.statements(depth + 1);
                let otherwise = if self.draw.chance(50) { self.statements(depth + 1) } else { vec![] };
                Stmt::If { when, then, otherwise }
            }
            17 => {
                let trigger = self.trigger();
                Stmt::In(trigger, self.statements(depth + 1))
            }
            18 => {
                let first = self.maker.twin.layout.add("items", SlotKind::Value(Scalar::Real), &[0; 3]);
                let (index, word) = (self.expr(Scalar::Int), self.expr(Scalar::Real));
                let fault = self.maker.fault();
                Stmt::StoreItem { first, count: 3, index, word, fault }
            }
            19 | 20 => self.window(),
            21 => self.lag(),
            _ => self.integration(),
        }
    }

    fn output(&mut self) -> Stmt {
        let types: Vec<Scalar> = (0..self.draw.below(5)).map(|_| Pool::TYPES[self.draw.below(4)]).collect();
        let arguments = types.iter().map(|ty| self.expr(*ty)).collect();
        let id = OutputId(self.maker.twin.outputs.len() as u32);
        let kind = OutputKind::Record { sink: 0, columns: vec![] };
        self.maker.twin.outputs.push(Output { kind, args: types, span: Default::default() });
        Stmt::Output(id, arguments)
    }

    fn reset(&mut self) -> Stmt {
        let id = ResetId(self.maker.twin.resets.len() as u32);
        let (slot, _) = self.stores[self.draw.below(self.stores.len())];
        self.maker.twin.resets.push(Reset { runs: vec![(slot, 1)], heaps: vec![] });
        Stmt::Reset(id)
    }

    fn lag(&mut self) -> Stmt {
        let ty = Pool::TYPES[self.draw.below(3)];
        let heap = self.maker.twin.layout.add("lag", SlotKind::Heap, &[0]);
        let value = self.maker.register("lagging", ty);
        self.pool.add(&mut self.maker, NodeKind::Value(value), ty);
        let x = self.expr(ty);
        self.maker.twin.lags.push(LagPlan { x, by_ns: 3 * SECOND, heap, value });
        Stmt::Lag(LagId(self.maker.twin.lags.len() as u32 - 1))
    }

    fn window(&mut self) -> Stmt {
        if !self.maker.twin.windows.is_empty() && self.draw.chance(60) {
            let id = WindowId(self.draw.below(self.maker.twin.windows.len()) as u32);
            let window = &self.maker.twin.windows[id.index()];
            let is_read_apart = matches!(window.extent, Extent::Panes { .. } | Extent::Running { .. });
            return match self.draw.below(4) {
                0 => Stmt::WindowClear(id),
                1 if is_read_apart => Stmt::WindowRead(id),
                _ => Stmt::WindowFeed(id),
            };
        }
        let extent = match self.draw.below(6) {
            0 => Extent::Trailing { span_ns: 9 * SECOND, closed: self.draw.chance(50) },
            1 => Extent::Samples(1 + self.draw.below(5) as u32),
            2 => Extent::Running { max: Some(4), carries: self.draw.chance(50) },
            3 => Extent::Panes { pane_ns: 7 * SECOND, count: 1 },
            _ => Extent::Panes { pane_ns: 7 * SECOND, count: 3 },
        };
        let by = self.draw.chance(25).then(|| (self.expr(Scalar::Int), -1, 3));
        Stmt::WindowFeed(self.window_of(extent, by))
    }

    fn window_of(&mut self, extent: Extent, by: Option<(twin_plan::ExprId, i64, u32)>) -> WindowId {
        let keys = by.map_or(1, |(_, _, keys)| keys);
        let has_rings = matches!(extent, Extent::Trailing { .. } | Extent::Samples(_));
        let mut lanes: Vec<Lane> = (0..1 + self.draw.below(3)).map(|_| self.lane(&extent, keys)).collect();
        // Lanes that take the same samples share a ring.
        let first = lanes[0].clone();
        if self.draw.chance(40) {
            let exprs = &self.maker.twin.exprs;
            let types = |lane: &Lane| lane.args.iter().map(|&arg| exprs.get(arg).ty).collect::<Vec<_>>();
            for lane in lanes.iter_mut().filter(|lane| types(lane) == types(&first)) {
                (lane.args, lane.filter) = (first.args.clone(), first.filter);
            }
        }
        let layout = &mut self.maker.twin.layout;
        let newest = matches!(extent, Extent::Panes { .. })
            .then(|| layout.add("newest", SlotKind::Bookkeeping, &extent.newest_at_first()));
        let heap = has_rings.then(|| layout.add("samples", SlotKind::Heap, &[0]));
        let goes_on = self.maker.twin.silences.is_empty();
        let has_few =
            matches!(extent, Extent::Trailing { .. }) && by.is_none() && few::suits(&lanes) && goes_on;
        let few = (has_few && self.draw.chance(75))
            .then(|| Few(self.maker.twin.layout.add("few samples", SlotKind::Bookkeeping, &few::at_first())));
        let id = WindowId(self.maker.twin.windows.len() as u32);
        let name = format!("window{}", id.0);
        self.maker.twin.windows.push(WindowPlan {
            name,
            extent,
            lanes,
            by,
            newest,
            heap,
            few,
            span: Default::default(),
        });
        id
    }

    fn lane(&mut self, extent: &Extent, keys: u32) -> Lane {
        use Aggregate::*;
        let families: [(Accumulator, &[Aggregate]); 15] = [
            (Accumulator::Count, &[Count]),
            (Accumulator::Sum, &[Count, Sum, Mean]),
            (Accumulator::MinMax, &[Min, Max, Range]),
            (Accumulator::Moments2, &[Mean, Var, StdPop]),
            (Accumulator::Moments4, &[Skew]),
            (Accumulator::Squares, &[Rms, Crest]),
            (Accumulator::Ends, &[First, Last, Delta, Rate]),
            (Accumulator::Regression, &[Slope, Intercept, R2]),
            (Accumulator::Trapezoid, &[Integral]),
            (Accumulator::Hold, &[TimeWeightedMean]),
            (Accumulator::Pair, &[Corr]),
            (Accumulator::Kept, &[Median]),
            (Accumulator::Text(First, 6), &[Count, First]),
            (Accumulator::Text(Last, 6), &[Last]),
            (Accumulator::Text(ArgMax, 6), &[Count, ArgMax]),
        ];
        let (accumulator, aggregates) = families[self.draw.below(families.len())];
        let arguments: &[Scalar] = match accumulator {
            Accumulator::Count => &[],
            Accumulator::Pair => &[Scalar::Real, Scalar::Real],
            Accumulator::Text(ArgMax, _) => &[Scalar::String, Scalar::Real],
            Accumulator::Text(..) => &[Scalar::String],
            _ => &[Scalar::Real],
        };
        let mut args: Vec<_> = arguments.iter().map(|ty| self.expr(*ty)).collect();
        if matches!(accumulator, Accumulator::Text(..)) {
            args[0] = self.maker.prim(twin_plan::Prim::TextWithin(6), &[args[0]], Scalar::String);
        }
        let filter = self.draw.chance(30).then(|| self.expr(Scalar::Bool));
        let words = keys * extent.accumulators(accumulator) * accumulator.words();
        let has_rings = twin_operators::windows::has_rings(extent);
        let zeros = vec![0; words as usize];
        let slot = (!has_rings).then(|| self.maker.twin.layout.add("lane", SlotKind::Bookkeeping, &zeros));
        let mut reads = Vec::new();
        for aggregate in aggregates {
            if matches!(accumulator, Accumulator::Text(..)) && *aggregate != Count {
                let mut slot = || self.maker.twin.layout.add_text("text", 6);
                let texts: Vec<Slot> = (0..keys).map(|_| slot()).collect();
                self.pool.add(&mut self.maker, NodeKind::Slot(texts[0]), Scalar::String);
                reads.push(Read {
                    aggregate: *aggregate,
                    constants: vec![],
                    values: vec![],
                    texts,
                    fault: None,
                });
                continue;
            }
            let values: Vec<ValueId> = (0..keys)
                .map(|_| {
                    if self.draw.chance(50) {
                        self.maker.value("read", Scalar::Real).0
                    } else {
                        self.maker.register("read", Scalar::Real)
                    }
                })
                .collect();
            self.pool.add(&mut self.maker, NodeKind::Value(values[0]), Scalar::Real);
            let fault = self.draw.chance(70).then(|| self.maker.fault());
            reads.push(Read { aggregate: *aggregate, constants: vec![], values, texts: vec![], fault });
        }
        Lane { accumulator, args, filter, slot, reads }
    }

    fn integration(&mut self) -> Stmt {
        let states: Vec<Slot> = (0..1 + self.draw.below(2))
            .map(|_| self.maker.twin.layout.add("state", SlotKind::Value(Scalar::Real), &[1.0f64.to_bits()]))
            .collect();
        let nodes: Vec<_> =
            states.iter().map(|slot| self.maker.node(NodeKind::Slot(*slot), Scalar::Real)).collect();
        // x' = c (u − x): it neither explodes nor stands still.
        let mut derivatives = Vec::new();
        let mut rates = Vec::new();
        for node in &nodes {
            let input = self.expr(Scalar::Real);
            let value = if self.draw.chance(50) {
                self.maker.value("rate", Scalar::Real).0
            } else {
                self.maker.register("rate", Scalar::Real)
            };
            rates.push((value, input));
            self.pool.add(&mut self.maker, NodeKind::Value(value), Scalar::Real);
            let input = self.maker.node(NodeKind::Value(value), Scalar::Real);
            let difference = self.maker.prim(twin_plan::Prim::SubReal, &[input, *node], Scalar::Real);
            let factor = self.maker.real(0.1);
            derivatives.push(self.maker.prim(twin_plan::Prim::MulReal, &[factor, difference], Scalar::Real));
        }
        let last = self.maker.twin.layout.add("last", SlotKind::Bookkeeping, &[NOT_BEGUN as Word]);
        let solver = match self.draw.below(5) {
            0 => Solver::Euler { step_ns: SECOND / 2 },
            1 => Solver::Heun { step_ns: SECOND },
            2 => Solver::Dopri5 { rtol: 1e-4, atol: 1e-6 },
            _ => Solver::Rk4 { step_ns: SECOND / 4 },
        };
        let mut whens = Vec::new();
        let mut held = None;
        if self.draw.chance(30) {
            held = Some(self.maker.twin.layout.add("held", SlotKind::Bookkeeping, &[0]));
            let level = self.maker.real(0.5);
            let root = self.maker.prim(twin_plan::Prim::SubReal, &[nodes[0], level], Scalar::Real);
            let compare = twin_plan::Prim::CompareReal(twin_plan::Compare::Lt);
            let when = self.maker.prim(compare, &[nodes[0], level], Scalar::Bool);
            let one = self.maker.real(2.0);
            whens.push(When { when, roots: vec![root], body: vec![Stmt::Store(states[0], one)] });
        }
        let reset = ResetId(self.maker.twin.resets.len() as u32);
        let runs = states.iter().chain([&last]).map(|slot| (*slot, 1)).collect();
        self.maker.twin.resets.push(Reset { runs, heaps: vec![] });
        let fault = self.maker.fault();
        let name = "integration".to_string();
        let span = Default::default();
        let integration = Integration {
            name,
            states,
            rates,
            derivatives,
            solver,
            last,
            whens,
            held,
            reset,
            fault,
            chatter: fault,
            span,
        };
        self.maker.twin.integrations.push(integration);
        Stmt::Integrate(IntegrationId(self.maker.twin.integrations.len() as u32 - 1))
    }

    /// A twin whose windows take what comes, in every step of its first input, and are emptied now and then.
    fn windows(mut self) -> Plan {
        for _ in 0..1 + self.draw.below(3) {
            let span = 9 * SECOND;
            let extent = match self.draw.below(5) {
                0 => Extent::Trailing { span_ns: span, closed: self.draw.chance(50) },
                1 => Extent::Samples(1 + self.draw.below(6) as u32),
                2 => Extent::Panes { pane_ns: 7 * SECOND, count: 1 },
                3 => Extent::Panes { pane_ns: 7 * SECOND, count: 2 },
                _ => Extent::Panes { pane_ns: 7 * SECOND, count: 5 },
            };
            let has_rings = twin_operators::windows::has_rings(&extent);
            let id = self.window_of(extent, None);
            let number = self.maker.node(NodeKind::Field(0, 0), Scalar::Real);
            let text = self.maker.node(NodeKind::Field(0, 6), Scalar::String);
            let text = self.maker.prim(twin_plan::Prim::TextWithin(6), &[text], Scalar::String);
            let window = &mut self.maker.twin.windows[id.index()];
            for lane in &mut window.lanes {
                lane.filter = None;
                let is_text = |at: usize| at == 0 && matches!(lane.accumulator, Accumulator::Text(..));
                let fields = (0..lane.args.len()).map(|at| if is_text(at) { text } else { number });
                lane.args = fields.collect();
            }
            if let (Some(slot), true) = (window.heap, self.draw.chance(30)) {
                let reset = Reset { runs: vec![(slot, 1)], heaps: vec![slot] };
                self.maker.twin.resets.push(reset);
                let asked = Stmt::Reset(ResetId(self.maker.twin.resets.len() as u32 - 1));
                self.maker.op(Trigger { ticks: vec![1], ..Trigger::default() }, vec![asked]);
            }
            self.maker.op(Trigger { inputs: vec![0], ..Trigger::default() }, vec![Stmt::WindowFeed(id)]);
            if !has_rings {
                self.maker.op(Trigger { ticks: vec![0], ..Trigger::default() }, vec![Stmt::WindowRead(id)]);
            }
        }
        self.maker.finish()
    }

    fn finish(mut self) -> Plan {
        for _ in 0..2 + self.draw.below(5) {
            let trigger = self.trigger();
            let body = self.statements(0);
            self.maker.op(trigger, body);
        }
        self.maker.finish()
    }
}

/// What happens to two twins.
fn life(world: &mut World, draw: &mut Draw) -> Vec<Entry> {
    let mut time = 1_000 * SECOND;
    let mut entries = Vec::new();
    for _ in 0..2 + draw.below(30) {
        time += match draw.below(12) {
            0 => -(draw.below(5) as i64) * SECOND,
            1 => (draw.below(100) as i64) * SECOND,
            2 => 0,
            _ => draw.below(3 * SECOND as usize) as i64,
        };
        let input = draw.below(2) as u16;
        let words = Pool::record(draw, &mut world.batches[input as usize]);
        let record = world.record(input as usize, &words);
        let mut entry = event(time, draw.below(2) as u32, input, record);
        match draw.below(14) {
            0 => entry.kind.what = What::Advance,
            1 => (entry.kind.what, entry.record) = (What::Quiet, 0),
            2 => entry.kind.what = What::Read,
            _ => {}
        }
        entries.push(entry);
    }
    entries
}

/// Runs the same life in two worlds and compares everything.
fn compare(plan: &Plan, numbers: Vec<u32>, options: Options) -> Result<(), TestCaseError> {
    let mut draw = Draw::new(numbers);
    let mut one = World::new(plan, 2);
    let entries = life(&mut one, &mut draw);
    let mut other = World::new(plan, 2);
    other.batches.clone_from(&one.batches);
    let kernels = native(plan, options);
    one.run(plan, &Evaluator::new(&plan.twins[0]), &entries);
    // In two calls: one may go on where the other stopped.
    let (first, rest) = entries.split_at(entries.len() / 2);
    other.run(plan, &kernels.twins[0], first);
    let late_before = other.late.len();
    other.run(plan, &kernels.twins[0], rest);
    other.late[late_before..].iter_mut().for_each(|late| late.at += first.len() as u32);
    prop_assert_eq!(&one.late, &other.late);
    prop_assert_eq!(one.written(plan), other.written(plan));
    prop_assert_eq!(&one.faults, &other.faults);
    let words = plan.twins[0].layout.words as usize;
    for (at, (expected, found)) in one.rows.iter().zip(&other.rows).enumerate() {
        let name = plan.twins[0].layout.fields.iter().rev().find(|f| f.slot.index() <= at % words);
        prop_assert_eq!(expected, found, "word {} of {:?}", at, name);
    }
    prop_assert_eq!(&one.heap.words, &other.heap.words);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn twins_live_the_same_lives(
        numbers in proptest::collection::vec(any::<u32>(), 20..400),
        life in proptest::collection::vec(any::<u32>(), 20..300),
        choices in prop_oneof![Just(Choices::Auto), Just(Choices::Selects), Just(Choices::Branches)],
        function_weight_max in prop_oneof![Just(1_500), Just(12)],
    ) {
        let plan = Weaver::new(numbers).finish();
        compare(&plan, life, Options { choices, function_weight_max, ..Options::default() })?;
    }

    #[test]
    fn windows_hold_the_same(
        numbers in proptest::collection::vec(any::<u32>(), 100..200),
        life in proptest::collection::vec(any::<u32>(), 300..600),
    ) {
        compare(&Weaver::new(numbers).windows(), life, Options::default())?;
    }
}
