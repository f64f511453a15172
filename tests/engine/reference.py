# SPDX-License-Identifier: Apache-2.0

"""The slow twin of `decide`: plain Python, one customer at a time, written from the policy and not from the SQL.

It uses dates and loops where the engine uses numbers and sets, so that the two can only agree by being right.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date, timedelta
from typing import Any

from ascolto.engine.conduct import CAPS
from ascolto.engine.facts import OUR_PAPERS, OUR_SERVICE, OUTPUT, PRIORITY_PARTS, SCORE_PARTS, Facts
from ascolto.engine.policy import Condition, Policy, Rung

Row = dict[str, Any]
DAY = timedelta(days=1)
NEVER = date.max
VOICES = ("phone", "visit")
PRINT = (
    "answer", "ladder", "step", "cycle", "channel", "tone", "template", "script", "rule", "until_on", "balance_cents",
    "overdue_cents", "disputed_cents", "claim_cents", "overdue_count", "oldest_due_on", "oldest_invoice_id",
    "claim_due_on", "next_due_on", "subject_invoice_id", "segment", "promise_due_on", "broken_promises", "kept_promises",
    "path_phase", "path_review_on",
)  # fmt: skip
BLOCKED = {
    "hold",
    "our_service",
    "disputed",
    "blocked_by_us",
    "stale_bank",
    "no_channel",
    "vulnerable_tone",
    "reason_tone",
    "charter_tone",
    "ladder_end",
}


def decide(facts: Facts, policy: Policy, as_of: date) -> list[Row]:
    """One row per customer, ordered by customer_id, all columns of the output."""
    world = {name: table.to_pylist() for name, table in facts.items()}
    fresh = world["client"][0]["bank_fresh_on"]
    ids = sorted(row["customer_id"] for row in world["customers"])
    return [_Customer(world, customer, policy, as_of, fresh).row() for customer in ids]


def half_up(a: int, b: int) -> int | None:
    return None if b <= 0 else int((a * 10 // b + 5) // 10) if (a * 10) % b == 0 else int(a / b + 0.5)


class _Customer:
    def __init__(self, world: dict[str, list[Row]], customer: int, policy: Policy, today: date, fresh: date | None):
        self.policy, self.today, self.fresh = policy, today, fresh
        self.who = next(row for row in world["customers"] if row["customer_id"] == customer)
        mine = {name: [r for r in rows if r.get("customer_id") == customer] for name, rows in world.items()}
        self.items, self.contacts, self.promises = mine["instalments"], mine["contacts"], mine["promises"]
        self.holds, self.actions, self.payments = mine["holds"], mine["actions"], mine["payments"]
        self.limits = policy.strategy.limits
        self.rules = policy.rules[self.who["kind"]]
        self.f: Row = {"customer_id": customer, "kind": self.who["kind"], "language": self.who["language"]}
        for flag in ("vulnerable", "active", "opted_courtesy"):
            self.f[flag] = self.who[flag]

    def row(self) -> Row:
        self.money()
        self.hardship()
        self.history()
        self.promising()
        self.talking()
        self.scoring()
        self.f["segment"] = next(s.name for s in self.policy.strategy.segment if self.all_met(s.when))
        self.choose()
        self.tone()
        self.channel()
        self.permission()
        self.prioritise()
        text = "|".join("-" if self.f[name] is None else str(self.f[name]) for name in PRINT)
        self.f["fingerprint"] = hashlib.md5(text.encode()).hexdigest()
        return {name: self.f[name] for name in OUTPUT.names}

    # --- facts
    def held(self, item: Row | None, trouble: bool = False) -> date | None:
        """Until when the invoice (or, without one, the customer) is on hold today."""
        ends = [
            hold["until_on"] or NEVER
            for hold in self.holds
            if hold["invoice_id"] == (None if item is None else item["invoice_id"])
            and (item is not None or (hold["reason"] == OUR_SERVICE) == trouble)
            and (item is None or hold["reason"] != OUR_PAPERS)
            and hold["from_on"] <= self.today <= (hold["until_on"] or NEVER)
        ]
        return max(ends, default=None)

    def ours(self, item: Row) -> bool:
        """The invoice lacks something through our fault, and nobody holds it anyway."""
        return self.held(item) is None and any(
            hold["invoice_id"] == item["invoice_id"] and hold["reason"] == OUR_PAPERS
            and hold["from_on"] <= self.today <= (hold["until_on"] or NEVER)
            for hold in self.holds
        )  # fmt: skip

    def planned(self, item: Row) -> date | None:
        """Until when a plan that holds today covers the item."""
        until: date | None = item.get("planned_until")
        return until if until and until >= self.today else None

    def collected(self, item: Row) -> date | None:
        """Until when the bank may still answer a collection of the item that was presented."""
        until: date | None = item.get("collected_until")
        return until if until and until >= self.today else None

    def free(self, item: Row) -> int:
        if self.held(item) or self.ours(item) or self.planned(item) or self.collected(item):
            return 0
        return item["balance_cents"] - min(max(item["disputed_cents"], 0), item["balance_cents"])

    def money(self) -> None:
        f, open_ = self.f, [i for i in self.items if i["balance_cents"] > 0]
        late = [i for i in open_ if i["due_on"] < self.today]
        later = [i for i in open_ if i["due_on"] >= self.today]
        claim = [i for i in late if self.free(i) > 0]
        f["balance_cents"] = sum(i["balance_cents"] for i in open_)
        f["overdue_cents"] = sum(i["balance_cents"] for i in late)
        f["not_due_cents"] = sum(i["balance_cents"] for i in later)
        f["disputed_cents"] = sum(min(max(i["disputed_cents"], 0), i["balance_cents"]) for i in open_)
        f["claim_cents"] = sum(self.free(i) for i in claim)
        f["held_cents"] = sum(
            i["balance_cents"] - min(max(i["disputed_cents"], 0), i["balance_cents"]) for i in late if self.held(i)
        )
        f["blocked_cents"] = sum(
            i["balance_cents"] - min(max(i["disputed_cents"], 0), i["balance_cents"]) for i in late if self.ours(i)
        )
        f["overdue_count"] = len(late)
        oldest = min(late, key=lambda i: (i["due_on"], i["invoice_id"]), default=None)
        f["oldest_due_on"] = oldest and oldest["due_on"]
        f["oldest_invoice_id"] = oldest and oldest["invoice_id"]
        f["claim_due_on"] = min((i["due_on"] for i in claim), default=None)
        f["next_due_on"] = min((i["due_on"] for i in later), default=None)
        f["max_overdue_days"] = (self.today - oldest["due_on"]).days if oldest else 0
        weight = sum(i["balance_cents"] * (self.today - i["due_on"]).days for i in late)
        f["open_days_late_weighted"] = half_up(weight, f["overdue_cents"])
        self.next_free = min((i["due_on"] for i in later if self.free(i) > 0), default=None)
        self.disputed_late = sum(min(max(i["disputed_cents"], 0), i["balance_cents"]) for i in late if not self.held(i))
        self.held_until = max((self.held(i) or date.min for i in late), default=date.min)
        self.hold_until = self.held(None)
        self.our_service = self.held(None, trouble=True) is not None
        self.bank_until = min((p for i in late if (p := self.collected(i))), default=None)
        self.plan_until = min((p for i in late if (p := self.planned(i))), default=None)

    def hardship(self) -> None:
        who = self.who
        pause = who["path_pause_until"]
        self.pause = pause if pause and pause >= self.today else None
        on_path = who["path_id"] is not None
        self.soft = on_path and self.pause is None
        self.f["path_phase"] = None if not on_path else "soft" if self.soft else "pause"
        self.f["path_pause_until"], self.f["path_review_on"] = pause, who["path_review_on"]

    def history(self) -> None:
        f = self.f
        done = [i for i in self.items if i["closed_on"] and i["balance_cents"] <= 0 and i["amount_cents"] > 0]
        delay = {i["instalment_id"]: max((i["closed_on"] - i["due_on"]).days, 0) for i in done}
        age = {i["instalment_id"]: (self.today - i["closed_on"]).days for i in done}

        def weighted(rows: list[Row]) -> int | None:
            total = sum(i["amount_cents"] for i in rows)
            return half_up(sum(i["amount_cents"] * delay[i["instalment_id"]] for i in rows), total)

        f["days_late_weighted"] = weighted([i for i in done if age[i["instalment_id"]] < 365])
        recent = weighted([i for i in done if age[i["instalment_id"]] < 182])
        before = weighted([i for i in done if 182 <= age[i["instalment_id"]] < 365])
        f["trend"] = "unknown"
        if recent is not None and before is not None:
            change = recent - before
            step = self.limits.trend_days
            f["trend"] = "worse" if change >= step else "better" if change <= -step else "same"
        tolerance = self.limits.late_tolerance_days
        lates = [i["due_on"] for i in done if delay[i["instalment_id"]] > tolerance]
        good = [i for i in done if delay[i["instalment_id"]] <= tolerance and all(i["due_on"] > d for d in lates)]
        f["punctual_streak"] = 0 if f["max_overdue_days"] > tolerance else len(good)
        f["closed_count"] = len(done)
        f["known_days"] = (self.today - min(i["issued_on"] for i in self.items)).days if self.items else None
        last = max((i["closed_on"] for i in done), default=None)
        worst = max((delay[i["instalment_id"]] for i in done if i["closed_on"] == last), default=0)
        self.settled = last if last and worst <= tolerance else None

    def promising(self) -> None:
        f = self.f

        def judged(p: Row) -> date:
            return p["judged_on"] or p["due_on"]

        def recent(*statuses: str) -> int:
            return sum(p["status"] in statuses and (self.today - judged(p)).days < 365 for p in self.promises)

        f["broken_promises"] = recent("broken")
        f["kept_promises"] = recent("kept", "plan_half", "plan_done")
        ends = {p["promise_id"]: p["due_on"] + p["grace_days"] * DAY for p in self.promises}
        pending = [p for p in self.promises if p["status"] == "pending" and ends[p["promise_id"]] >= self.today]
        f["promise_due_on"] = min((p["due_on"] for p in pending), default=None)
        self.promise_until = max((ends[p["promise_id"]] for p in pending), default=None)
        broken = [(judged(p), p["promise_id"]) for p in self.promises if p["status"] == "broken"]
        self.broken = max(broken, default=None)
        self.kept, self.half, self.plan_done = (
            max((judged(p) for p in self.promises if p["status"] == status), default=None)
            for status in ("kept", "plan_half", "plan_done")
        )
        self.last_paid = max((p["paid_on"] for p in self.payments if p["cents"] > 0), default=None)

    def talking(self) -> None:
        f, seen = self.f, [c for c in self.contacts if c["on_date"] <= self.today]
        monday = self.today - self.today.weekday() * DAY
        ours = [c for c in seen if c["direction"] == "out" and not c["requested_by_customer"]]
        talks = [c for c in ours if c["channel"] in VOICES and c["conversation"]]
        tries = [c for c in ours if c["channel"] in VOICES and not c["conversation"]]
        messages = [c for c in ours if c["channel"] not in VOICES]

        def today(rows: list[Row]) -> int:
            return sum(c["on_date"] == self.today for c in rows)

        def week(rows: list[Row]) -> int:
            return sum(c["on_date"] >= monday for c in rows)

        self.used = {
            "day_conversations": today(talks), "week_conversations": week(talks), "day_attempts": today(tries),
            "week_attempts": week(tries), "week_messages": week(messages), "week_contacts": week(talks) + week(messages),
        }  # fmt: skip
        left = {name: self.rules.cap(name) - self.used[name] for name in CAPS}
        f["contacts_left_week"] = max(min(left["week_conversations"], left["week_contacts"]), 0)
        f["contacts_left_today"] = max(min(left["day_conversations"], f["contacts_left_week"]), 0)
        self.last_out = max((c["on_date"] for c in talks + messages), default=None)
        reached = [c["on_date"] for c in seen if c["conversation"] or c["channel"] not in VOICES]
        f["last_contact_on"] = max(reached, default=None)
        said = [
            c for c in seen if c["reason"] is not None and (self.today - c["on_date"]).days < self.limits.reason_days
        ]
        last = max(said, key=lambda c: (c["on_date"], c["contact_id"]), default=None)
        f["last_reason"], f["last_fault"] = (last["reason"], last["fault"]) if last else (None, None)
        good = [c for c in seen if c["channel"] == "phone" and c["conversation"] and c["right_party"]]
        hours = Counter(c["hour"] for c in good if c["hour"] is not None)
        f["best_hour"] = min(hours, key=lambda h: (-hours[h], h), default=None)

    # --- judgement
    def all_met(self, conditions: tuple[Condition, ...]) -> bool:
        return all(self.met(c) for c in conditions)

    def met(self, c: Condition) -> bool:
        value = self.f[c.fact]
        if value is None:
            return False
        if c.op == "in":
            return value in c.value
        if c.op == "is":
            return value == c.value
        return value >= c.value if c.op == "min" else value <= c.value

    def scoring(self) -> None:
        card = self.policy.strategy.score
        for name in SCORE_PARTS:
            part = next((p for p in card.part if p.part == name), None)
            self.f[f"points_{name}"] = 0 if part is None else self.points(part)
        self.f["score_base"] = card.base
        total = card.base + sum(self.f[f"points_{name}"] for name in SCORE_PARTS)
        self.f["score"] = min(max(total, 0), 1000)

    def points(self, part: Any) -> int:
        value = self.f[part.fact]
        if part.words:
            return dict(part.words).get(value, part.unknown)
        return part.unknown if value is None else band(value, part.bands, part.beyond)

    # --- the ladder
    def anchor(self, rung: Rung) -> date | None:
        return {
            "due": self.f["claim_due_on"], "last_contact": self.f["last_contact_on"],
            "broken": self.broken and self.broken[0], "settled": self.settled, "kept": self.kept,
            "plan_half": self.half, "plan_done": self.plan_done,
            "review": self.f["path_review_on"],
        }[rung.anchor]  # fmt: skip

    def cycle(self, rung: Rung) -> str | None:
        anchor = self.anchor(rung)
        if rung.anchor == "broken":
            return f"promise:{self.broken[1]}" if self.broken else None
        if rung.phase == "thanks":
            return f"thanks:{anchor}" if anchor else None
        if rung.anchor == "review":
            return f"path:{self.who['path_id']}:{anchor}" if anchor and self.who["path_id"] is not None else None
        claim = self.f["claim_due_on"]
        return f"arrears:{claim}" if claim else None

    def done(self, step: str, cycle: str | None) -> date | None:
        days = [
            a["done_on"] or a["planned_on"]
            for a in self.actions
            if a["status"] == "done" and a["step"] == step and a["cycle"] == cycle
        ]
        return max(days, default=None)

    def opens(self, rung: Rung, anchor: date | None) -> date | None:
        if anchor is None:
            return None
        start = anchor + rung.from_days * DAY
        if not rung.after:
            return start
        gates = [d for d in (self.done(step, self.cycle(rung)) for step in rung.after) if d]
        return max(start, max(gates) + rung.after_days * DAY) if gates else None

    def audience(self, rung: Rung) -> bool:
        gentle = rung.step in self.policy.strategy.hardship.steps or rung.anchor == "review"
        if self.soft and rung.is_dunning and not gentle:
            return False
        kinds = not rung.kinds or self.f["kind"] in rung.kinds
        segments = not rung.segments or self.f["segment"] in rung.segments or (rung.opted and self.f["opted_courtesy"])
        return kinds and segments and self.all_met(rung.when)

    def fits(self, rung: Rung) -> bool:
        if not self.audience(rung):
            return False
        if rung.phase == "thanks":
            thanks = [r.step for ladder in self.policy.strategy.ladder for r in ladder.rung if r.phase == "thanks"]
            past = [
                a["done_on"] or a["planned_on"] for a in self.actions if a["status"] == "done" and a["step"] in thanks
            ]
            rested = not past or (self.today - max(past)).days >= self.limits.thanks_gap_days
            anchor = self.anchor(rung)
            paid = self.last_paid and anchor and self.last_paid >= anchor - 7 * DAY
            if rung.anchor in ("plan_half", "plan_done"):
                return bool(self.f["active"] and self.f["claim_cents"] == 0 and paid)
            return bool(self.f["active"] and self.f["overdue_cents"] == 0 and rested and paid)
        if rung.is_invoice:
            return bool(self.f["active"]) and self.f["overdue_cents"] == 0
        return self.f["claim_cents"] >= max(self.policy.min_cents, rung.min_cents, 1)

    def invoices(self, rung: Rung) -> list[tuple[date, int, date, date]]:
        """(anchor, invoice, first day, last day) of each invoice that the rung has not yet spoken of."""
        found = []
        for i in self.items:
            if i["due_on"] < self.today or self.free(i) < max(rung.min_cents, 1):
                continue
            first = i["issued_on"] == min(x["issued_on"] for x in self.items)
            wanted = {"first": first, "large": i["amount_cents"] >= self.limits.large_cents, "any": True,
                      "opted": self.f["opted_courtesy"]}  # fmt: skip
            if rung.invoice and not any(wanted[word] for word in rung.invoice):
                continue
            anchor = i["issued_on"] if rung.anchor == "issued" else i["due_on"]
            cycle = f"invoice:{i['invoice_id']}" if rung.anchor == "issued" else f"due:{i['due_on']}"
            if self.done(rung.step, cycle):
                continue
            end = NEVER if rung.until_days is None else anchor + rung.until_days * DAY
            found.append((anchor, i["invoice_id"], anchor + rung.from_days * DAY, end))
        return sorted(found)

    def choose(self) -> None:
        f = self.f
        ladder = next(one for one in self.policy.strategy.ladder if f["kind"] in one.kinds)
        f["ladder"] = ladder.name
        self.rung = next((rung for rung in ladder.rung if self.matches(rung)), None)
        self.next = min((day for rung in ladder.rung if (day := self.ahead(rung))), default=None)
        rung = self.rung
        for name in ("step", "phase", "anchor"):
            f[name] = rung and getattr(rung, name)
        f["rung_tone"] = rung.tone if rung else None
        f["cycle"] = f["anchor_on"] = f["subject_invoice_id"] = f["after_step"] = f["after_on"] = None
        if rung is None:
            return
        if rung.is_invoice:
            anchor, invoice, _, _ = next(x for x in self.invoices(rung) if x[2] <= self.today <= x[3])
            f["anchor_on"], f["subject_invoice_id"] = anchor, invoice
            f["cycle"] = f"due:{anchor}" if rung.phase == "before_due" else f"invoice:{invoice}"
            return
        f["anchor_on"], f["cycle"] = self.anchor(rung), self.cycle(rung)
        for step in rung.after:
            if f["after_on"] is None and self.done(step, f["cycle"]):
                f["after_step"], f["after_on"] = step, self.done(step, f["cycle"])

    def matches(self, rung: Rung) -> bool:
        if not self.fits(rung):
            return False
        if rung.is_invoice:
            return any(start <= self.today <= end for _, _, start, end in self.invoices(rung))
        anchor = self.anchor(rung)
        opens = self.opens(rung, anchor)
        if opens is None or anchor is None or opens > self.today or self.done(rung.step, self.cycle(rung)):
            return False
        return rung.until_days is None or self.today <= anchor + rung.until_days * DAY

    def ahead(self, rung: Rung) -> date | None:
        if rung.phase == "thanks":
            return None
        if rung.is_invoice:
            if not self.fits(rung):
                return None
            return min((start for _, _, start, _ in self.invoices(rung) if start > self.today), default=None)
        anchor = self.anchor(rung)
        if rung.anchor == "due" and not rung.after:
            anchor = anchor or self.next_free
        opens = self.opens(rung, anchor)
        if opens is None or anchor is None or opens <= self.today or not self.audience(rung):
            return None
        if self.done(rung.step, self.cycle(rung)):
            return None
        return opens if rung.until_days is None or opens <= anchor + rung.until_days * DAY else None

    def tone(self) -> None:
        f = self.f
        f["tone"] = f["tone_rule"] = None
        self.own_tone, self.own_rule = None, None
        if self.rung is None:
            return
        rule = next((r for r in self.policy.strategy.tone if self.all_met(r.when)), None)
        self.own_rule = rule and rule.name
        self.own_tone = max(self.rung.tone - (rule.by if rule else 0), 0)
        ceiling = self.policy.charter.max_tone
        path_tone = min(self.own_tone, self.policy.strategy.hardship.max_tone) if self.soft else self.own_tone
        f["tone"] = path_tone if ceiling is None else min(path_tone, ceiling)
        if f["tone"] < path_tone:
            f["tone_rule"] = "charter"
        elif path_tone < self.own_tone:
            f["tone_rule"] = "hardship_path"
        elif f["tone"] < self.rung.tone:
            f["tone_rule"] = self.own_rule

    def channel(self) -> None:
        f, rung = self.f, self.rung
        f["channel"] = f["template"] = f["script"] = None
        if rung is None:
            return
        has = {
            "phone": "phone_ok",
            "sms": "phone_ok",
            "email": "email_ok",
            "letter": "post_ok",
            "visit": "post_ok",
            "pec": "pec_ok",
        }
        allowed = self.policy.charter.channels
        usable = [c for c in rung.channels if self.who[has[c]] and (allowed is None or c in allowed)]
        hardship = self.policy.strategy.hardship
        if self.soft:
            usable = [c for c in usable if c in hardship.channels]
        wish = self.who["preferred_channel"]
        f["channel"] = wish if wish in usable else usable[0] if usable else None
        if f["channel"] in VOICES:
            scripts = dict(self.policy.strategy.scripts) if rung.is_dunning else {}
            f["script"] = scripts.get(f["last_reason"], rung.script)
        elif f["channel"]:
            helping = self.soft and rung.is_dunning and hardship.template
            f["template"] = hardship.template if helping else rung.template

    # --- permission
    def permission(self) -> None:
        found = self.refused() if self.rung else self.idle()
        self.f["rule"], self.f["until_on"] = found or (None, None)
        rule = self.f["rule"]
        self.f["answer"] = "act" if rule is None else "blocked" if rule in BLOCKED else "wait"

    def refused(self) -> tuple[str, date | None] | None:
        f, rung, policy = self.f, self.rung, self.policy
        assert rung is not None
        if self.hold_until:
            return "hold", after(self.hold_until)
        if rung.is_dunning and self.our_service:
            return "our_service", None
        if rung.is_dunning and self.pause:
            return "path_pause", self.pause + DAY
        if rung.is_dunning and self.promise_until:
            return "promise_pending", self.promise_until + DAY
        if rung.is_dunning and self.stale():
            return "stale_bank", None
        if policy.charter.closes(self.today):
            return "charter.closed", self.next_day(self.today, lambda d: not policy.charter.closes(d))
        if self.own_tone < rung.min_tone:
            return ("vulnerable_tone" if self.own_rule == "vulnerable" else "reason_tone"), None
        if f["tone"] < rung.min_tone:
            return "charter_tone", None
        if f["channel"] is None:
            return "no_channel", None
        voice = f["channel"] in VOICES
        open_ = self.phone_open if voice else self.message_open
        tomorrow = self.next_day(self.today, open_)
        monday = self.next_day(self.today + (6 - self.today.weekday()) * DAY, open_)
        if self.holiday(self.today) or self.who["patron_day"] == f"{self.today:%m-%d}":
            return "holiday", tomorrow
        if not open_(self.today):
            return "contact.hours", tomorrow
        over = {name: self.used[name] >= self.rules.cap(name) for name in CAPS}
        if voice:
            for cap, rule, until in (
                ("week_conversations", "contact.week_cap", monday), ("day_conversations", "contact.day_cap", tomorrow),
                ("week_attempts", "contact.attempt_cap", monday), ("day_attempts", "contact.attempt_cap", tomorrow),
            ):  # fmt: skip
                if over[cap]:
                    return rule, until
        elif over["week_messages"]:
            return "contact.message_cap", monday
        if over["week_contacts"]:
            return "contact.total_cap", monday
        days = self.rules.spacing_days
        if self.soft:
            days = max(days, policy.strategy.hardship.spacing_days)
        if rung.spacing and self.last_out and self.last_out + days * DAY > self.today:
            return "spacing", self.last_out + days * DAY
        return None

    def idle(self) -> tuple[str, date | None]:
        f = self.f
        if f["balance_cents"] <= 0:
            return "nothing_due", None
        if self.hold_until and f["overdue_cents"] > 0:
            return "hold", after(self.hold_until)
        if f["overdue_cents"] > 0 and f["claim_cents"] == 0:
            if self.plan_until:
                return "plan_running", self.plan_until + DAY
            if self.bank_until:
                return "being_collected", self.bank_until + DAY
            if self.disputed_late > 0:
                return "disputed", None
            return ("blocked_by_us", None) if f["blocked_cents"] > 0 else ("hold", after(self.held_until))
        if f["claim_cents"] > 0 and self.our_service:
            return "our_service", None
        if f["claim_cents"] > 0 and self.pause:
            return "path_pause", self.pause + DAY
        if f["claim_cents"] > 0 and self.promise_until:
            return "promise_pending", self.promise_until + DAY
        if 0 < f["claim_cents"] < self.policy.min_cents:
            return "below_minimum", None
        if f["claim_cents"] > 0 and self.next is None:
            return "ladder_end", None
        return "not_yet", self.next

    def holiday(self, day: date) -> bool:
        return day.weekday() == 6 or day in self.policy.calendar.holidays

    def phone_open(self, day: date) -> bool:
        start, end = self.rules.windows[day.weekday()]
        return start < end and not self.holiday(day) and not self.policy.charter.closes(day)

    def message_open(self, day: date) -> bool:
        name = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()]
        return name in self.limits.message_days and not self.holiday(day) and not self.policy.charter.closes(day)

    def next_day(self, day: date, wanted: Any) -> date | None:
        return next((d for d in (day + n * DAY for n in range(1, 371)) if wanted(d)), None)

    def stale(self) -> bool:
        if self.fresh is None:
            return True
        days = [self.fresh + n * DAY for n in range(1, (self.today - self.fresh).days + 1)]
        return sum(d.weekday() < 5 and not self.holiday(d) for d in days) > self.limits.fresh_days

    def prioritise(self) -> None:
        f, points = self.f, self.policy.strategy.priority
        parts = dict.fromkeys(PRIORITY_PARTS, 0)
        if f["answer"] == "act":
            parts["base"] = self.rung.priority
            if f["claim_cents"] > 0:
                parts["money"] = band(f["claim_cents"], points.money, points.money_beyond)
                parts["age"] = band(f["max_overdue_days"], points.age, points.age_beyond)
                parts["risk"] = (1000 - f["score"]) * points.risk_per_mille // 1000
                parts["promise"] = points.promise if f["broken_promises"] else 0
                parts["reason"] = dict(points.reasons).get(f["last_reason"], 0)
        for name, value in parts.items():
            f[f"priority_{name}"] = value
        f["priority"] = min(sum(parts.values()), 1000)


def band(value: int, bands: Any, beyond: int) -> int:
    return next((points for upper, points in bands if value <= upper), beyond)


def after(until: date) -> date | None:
    return None if until == NEVER else until + DAY
