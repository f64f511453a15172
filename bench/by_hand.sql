-- SPDX-License-Identifier: Apache-2.0
-- The decision of the strategy `utility` (2026-11-01), written by hand for DuckDB by somebody who wants it fast: the
-- policy's numbers are in the text, one pass over each table, dates as dates. `bench/by_hand.py` runs it beside the
-- engine. It knows this policy and no other, and no charter; what it must not be is wrong.
WITH
t AS (
  SELECT *, DATE '1970-01-01' + as_of::INT AS now, DATE '1970-01-01' + week_start::INT AS monday FROM today
),
rules AS (
  SELECT *, DATE '1970-01-01' + next_phone::INT AS phone_next, DATE '1970-01-01' + next_message::INT AS message_next,
    DATE '1970-01-01' + week_phone::INT AS phone_week, DATE '1970-01-01' + week_message::INT AS message_week
  FROM conduct
),
-- --- facts, one row per customer ------------------------------------------------------------------------------------
resting AS (
  SELECT customer_id, invoice_id, reason, coalesce(until_on, DATE 'infinity') AS until
  FROM holds, t WHERE from_on <= now AND (until_on IS NULL OR until_on >= now)
),
left_alone AS (  -- without an end that a person gave, only our own fault is left
  SELECT customer_id, invoice_id, max(until) FILTER (reason IS DISTINCT FROM 'papers:ours') AS held_until, true AS touched
  FROM resting WHERE invoice_id IS NOT NULL GROUP BY ALL
),
whole AS (
  SELECT customer_id, max(until) FILTER (reason IS DISTINCT FROM 'care:our_service') AS hold_until,
    bool_or(reason = 'care:our_service') AS trouble
  FROM resting WHERE invoice_id IS NULL GROUP BY ALL
),
unpaid AS MATERIALIZED (
  SELECT i.customer_id, invoice_id, issued_on, due_on, amount_cents, balance_cents, held_until,
    due_on < now AS overdue, least(greatest(disputed_cents, 0), balance_cents) AS disputed,
    held_until IS NULL AND touched IS NOT NULL AS ours,
    CASE WHEN planned_until >= now THEN planned_until END AS plan_until,
    CASE WHEN collected_until >= now THEN collected_until END AS bank_until,
    CASE WHEN touched IS NULL AND plan_until IS NULL AND bank_until IS NULL THEN balance_cents - disputed ELSE 0 END AS free
  FROM (SELECT * FROM instalments WHERE balance_cents > 0) i CROSS JOIN t LEFT JOIN left_alone USING (customer_id, invoice_id)
),
exposure AS (
  SELECT customer_id,
    sum(balance_cents)::BIGINT AS balance_cents,
    sum(disputed)::BIGINT AS disputed_cents,
    sum(balance_cents) FILTER (overdue)::BIGINT AS overdue_cents,
    sum(free) FILTER (overdue)::BIGINT AS claim_cents,
    sum(balance_cents - disputed) FILTER (overdue AND held_until IS NOT NULL)::BIGINT AS held_cents,
    sum(balance_cents - disputed) FILTER (overdue AND ours)::BIGINT AS blocked_cents,
    sum(balance_cents * (now - due_on)) FILTER (overdue)::BIGINT AS overdue_days_cents,
    count(*) FILTER (overdue) AS overdue_count,
    min((due_on - DATE '1970-01-01') * 100_000_000_000 + invoice_id) FILTER (overdue) AS oldest,
    min(due_on) FILTER (overdue AND free > 0) AS claim_due,
    min(due_on) FILTER (NOT overdue) AS next_due,
    min(due_on) FILTER (NOT overdue AND free > 0) AS next_free_due,
    coalesce(bool_or(overdue AND disputed > 0 AND held_until IS NULL), false) AS disputed_overdue,
    max(held_until) FILTER (overdue) AS held_until,
    min(plan_until) FILTER (overdue) AS plan_until,
    min(bank_until) FILTER (overdue) AS bank_until
  FROM unpaid, t GROUP BY ALL
),
paid_items AS (
  SELECT customer_id, issued_on, due_on, amount_cents, closed_on,
    closed_on IS NOT NULL AND balance_cents <= 0 AND amount_cents > 0 AS closed,
    greatest(closed_on - due_on, 0) AS delay,
    closed AND now - closed_on < 365 AS year, closed AND now - closed_on < 182 AS half,
    amount_cents * delay AS weight
  FROM instalments, t
),
paying AS (
  SELECT customer_id, min(issued_on) AS first_issued,
    count(*) FILTER (closed) AS closed_count,
    sum(weight) FILTER (year)::BIGINT AS year_weight, sum(amount_cents) FILTER (year)::BIGINT AS year_cents,
    sum(weight) FILTER (half)::BIGINT AS half_weight, sum(amount_cents) FILTER (half)::BIGINT AS half_cents,
    max((closed_on - DATE '1970-01-01') * 100_000 + delay) FILTER (closed) AS settled,
    max(due_on) FILTER (closed AND delay > 3) AS last_late,
    list(due_on) FILTER (closed AND delay <= 3) AS punctual
  FROM paid_items GROUP BY ALL
),
promising AS (
  SELECT customer_id,
    min(due_on) FILTER (pending) AS promise_due, max(ends) FILTER (pending) AS promise_until,
    count(*) FILTER (recent AND status = 'broken') AS broken_promises,
    count(*) FILTER (recent AND status IN ('kept', 'plan_half', 'plan_done')) AS kept_promises,
    max((judged - DATE '1970-01-01') * 100_000_000_000 + promise_id) FILTER (status = 'broken') AS broken,
    max(judged) FILTER (status = 'kept') AS kept_day,
    max(judged) FILTER (status = 'plan_half') AS half_day,
    max(judged) FILTER (status = 'plan_done') AS plan_done_day
  FROM (
    SELECT customer_id, promise_id, status, due_on, due_on + grace_days::INT AS ends, coalesce(judged_on, due_on) AS judged,
      status = 'pending' AND ends >= now AS pending, now - judged < 365 AS recent
    FROM promises, t
  ) GROUP BY ALL
),
money AS (SELECT customer_id, max(paid_on) AS last_paid FROM payments WHERE cents > 0 GROUP BY ALL),
talk AS MATERIALIZED (
  SELECT customer_id, on_date, hour, reason, fault, conversation,
    channel = 'phone' AND conversation AND right_party AND hour IS NOT NULL AS good,
    channel IN ('phone', 'visit') AS voice,
    direction = 'out' AND NOT requested_by_customer AS ours,
    on_date = now AS today, on_date >= monday AS week,
    reason IS NOT NULL AND now - on_date < 120 AS spoke,
    (on_date - DATE '1970-01-01') * 100_000_000_000 + contact_id AS nth
  FROM contacts, t WHERE on_date <= now
),
talking AS (
  SELECT customer_id,
    count(*) FILTER (today AND ours AND voice AND conversation) AS conversations_today,
    count(*) FILTER (week AND ours AND voice AND conversation) AS conversations_week,
    count(*) FILTER (today AND ours AND voice AND NOT conversation) AS attempts_today,
    count(*) FILTER (week AND ours AND voice AND NOT conversation) AS attempts_week,
    count(*) FILTER (week AND ours AND NOT voice) AS messages_week,
    max(on_date) FILTER (ours AND (conversation OR NOT voice)) AS last_out,
    max(on_date) FILTER (conversation OR NOT voice) AS last_contact,
    arg_max(reason, nth) FILTER (spoke) AS last_reason,
    nullif(arg_max(coalesce(fault, ''), nth) FILTER (spoke), '') AS last_fault
  FROM talk GROUP BY ALL
),
best AS (
  SELECT customer_id, arg_max(hour, times * 100 - hour) AS best_hour
  FROM (SELECT customer_id, hour, count(*) AS times FROM talk WHERE good GROUP BY ALL) GROUP BY ALL
),
-- --- what they say --------------------------------------------------------------------------------------------------
facts AS (
  SELECT c.*, rules.* EXCLUDE (rule_kind), t.* EXCLUDE (as_of, week_start, monday),
    kind = 'consumer' AS household,
    CASE WHEN path_pause_until >= now THEN path_pause_until END AS path_pause,
    path_id IS NOT NULL AND path_pause IS NULL AS path_soft,
    CASE WHEN path_id IS NOT NULL THEN if(path_pause IS NULL, 'soft', 'pause') END AS path_phase,
    hold_until, coalesce(trouble, false) AS trouble,
    coalesce(balance_cents, 0) AS balance_cents, coalesce(overdue_cents, 0) AS overdue_cents,
    coalesce(disputed_cents, 0) AS disputed_cents, coalesce(claim_cents, 0) AS claim_cents,
    coalesce(held_cents, 0) AS held_cents, coalesce(blocked_cents, 0) AS blocked_cents,
    coalesce(overdue_count, 0) AS overdue_count, coalesce(disputed_overdue, false) AS disputed_overdue,
    DATE '1970-01-01' + (oldest // 100_000_000_000)::INT AS oldest_due, oldest % 100_000_000_000 AS oldest_invoice_id,
    coalesce(now - oldest_due, 0) AS max_overdue_days,
    claim_due, next_due, next_free_due, held_until, plan_until, bank_until,
    (2 * overdue_days_cents + overdue_cents) // (2 * overdue_cents) AS open_days_late_weighted,
    first_issued, coalesce(closed_count, 0) AS closed_count,
    (2 * year_weight + year_cents) // (2 * year_cents) AS days_late_weighted,
    (2 * half_weight + half_cents) // (2 * half_cents) AS recent_late,
    year_weight - coalesce(half_weight, 0) AS before_weight,
    nullif(year_cents - coalesce(half_cents, 0), 0) AS before_cents,
    recent_late - (2 * before_weight + before_cents) // (2 * before_cents) AS change,
    CASE WHEN settled % 100_000 <= 3 THEN DATE '1970-01-01' + (settled // 100_000)::INT END AS settled_day,
    CASE WHEN max_overdue_days > 3 THEN 0
      WHEN last_late IS NULL THEN coalesce(len(punctual), 0)
      ELSE coalesce(len(list_filter(punctual, lambda due: due > last_late)), 0) END AS punctual_streak,
    promise_due, promise_until, kept_day, half_day, plan_done_day,
    coalesce(broken_promises, 0) AS broken_promises, coalesce(kept_promises, 0) AS kept_promises,
    DATE '1970-01-01' + (broken // 100_000_000_000)::INT AS broken_day, broken % 100_000_000_000 AS broken_id,
    last_paid, last_out, last_contact, last_reason, last_fault, best_hour,
    coalesce(conversations_today, 0) AS conversations_today, coalesce(conversations_week, 0) AS conversations_week,
    coalesce(attempts_today, 0) AS attempts_today, coalesce(attempts_week, 0) AS attempts_week,
    coalesce(messages_week, 0) AS messages_week
  FROM customers c JOIN rules ON kind = rule_kind CROSS JOIN t
  LEFT JOIN whole USING (customer_id) LEFT JOIN exposure USING (customer_id) LEFT JOIN paying USING (customer_id)
  LEFT JOIN promising USING (customer_id) LEFT JOIN money USING (customer_id) LEFT JOIN talking USING (customer_id)
  LEFT JOIN best USING (customer_id)
),
known AS MATERIALIZED (
  SELECT * EXCLUDE (change, recent_late, before_weight, before_cents),
    greatest(least(cap_week_conversations - conversations_week, cap_week_contacts - conversations_week - messages_week), 0)
      AS contacts_left_week,
    greatest(least(cap_day_conversations - conversations_today, contacts_left_week), 0) AS contacts_left_today,
    CASE WHEN change IS NULL THEN 'unknown' WHEN change >= 4 THEN 'worse' WHEN change <= -4 THEN 'better' ELSE 'same' END AS trend,
    CASE WHEN days_late_weighted IS NULL THEN 0 WHEN days_late_weighted <= 0 THEN 150 WHEN days_late_weighted <= 3 THEN 110
      WHEN days_late_weighted <= 10 THEN 40 WHEN days_late_weighted <= 20 THEN -40 WHEN days_late_weighted <= 45 THEN -120
      ELSE -220 END AS points_delay,
    CASE WHEN open_days_late_weighted IS NULL THEN 50 WHEN open_days_late_weighted <= 3 THEN 0
      WHEN open_days_late_weighted <= 15 THEN -40 WHEN open_days_late_weighted <= 30 THEN -90
      WHEN open_days_late_weighted <= 60 THEN -150 WHEN open_days_late_weighted <= 120 THEN -220 ELSE -300 END AS points_open_delay,
    CASE trend WHEN 'better' THEN 40 WHEN 'worse' THEN -60 ELSE 0 END AS points_trend,
    CASE WHEN broken_promises <= 0 THEN 0 WHEN broken_promises = 1 THEN -60 WHEN broken_promises = 2 THEN -120 ELSE -180 END
      AS points_promises,
    CASE WHEN punctual_streak <= 0 THEN 0 WHEN punctual_streak <= 2 THEN 30 WHEN punctual_streak <= 5 THEN 80 ELSE 130 END
      AS points_streak,
    CASE WHEN closed_count <= 0 THEN -50 WHEN closed_count <= 3 THEN 0 ELSE 40 END AS points_history,
    greatest(least(600 + points_delay + points_open_delay + points_trend + points_promises + points_streak + points_history,
      1000), 0) AS score,
    CASE WHEN disputed_cents >= 1 THEN 'disputing'
      WHEN last_reason = 'unwilling' AND overdue_cents >= 1 THEN 'unwilling'
      WHEN broken_promises >= 3 AND kept_promises <= 0 THEN 'unwilling'
      WHEN last_reason IN ('temporary_difficulty', 'structural_difficulty') THEN 'in_difficulty'
      WHEN closed_count <= 1 AND max_overdue_days <= 30 THEN 'new'
      WHEN days_late_weighted >= 20 OR max_overdue_days >= 60 THEN 'slow'
      WHEN days_late_weighted >= 4 OR max_overdue_days >= 4 THEN 'forgetful'
      ELSE 'punctual' END AS segment
  FROM facts
),
-- --- the ladder -----------------------------------------------------------------------------------------------------
steps AS (  -- each done step beside the cycle in which it would count today
  SELECT a.customer_id, step, coalesce(done_on, planned_on) AS day, step IN ('thanks_on_time', 'thanks_promise', 'thanks_plan_half', 'thanks_plan') AS thanks,
    cycle = CASE step
      WHEN 'promise_broken' THEN 'promise:' || broken_id
      WHEN 'path_review' THEN 'path:' || path_id || ':' || path_review_on
      WHEN 'thanks_on_time' THEN 'thanks:' || settled_day
      WHEN 'thanks_promise' THEN 'thanks:' || kept_day
      WHEN 'thanks_plan_half' THEN 'thanks:' || half_day
      WHEN 'thanks_plan' THEN 'thanks:' || plan_done_day
      ELSE 'arrears:' || claim_due END AS mine
  FROM (SELECT * FROM actions WHERE status = 'done') a
  JOIN (SELECT customer_id, broken_id, path_id, path_review_on, settled_day, kept_day, half_day, plan_done_day, claim_due
        FROM known) USING (customer_id)
),
done AS (
  SELECT customer_id,
    max(day) FILTER (step = 'reminder_1') AS reminder_1, max(day) FILTER (step = 'call') AS call,
    max(day) FILTER (step = 'reminder_2') AS reminder_2, max(day) FILTER (step = 'formal_notice') AS formal_notice,
    max(day) FILTER (step = 'legal_gate') AS legal_gate, max(day) FILTER (step = 'promise_broken') AS promise_broken,
    max(day) FILTER (step = 'path_review') AS path_review, max(day) FILTER (mine AND step = 'thanks_on_time') AS on_time,
    max(day) FILTER (mine AND step = 'thanks_promise') AS on_promise, max(day) FILTER (mine AND step = 'thanks_plan_half') AS on_half,
    max(day) FILTER (mine AND step = 'thanks_plan') AS on_plan, max(day) FILTER (thanks) AS last_thanks
  FROM steps WHERE mine OR thanks GROUP BY ALL
),
bills AS (  -- invoices of which a gentle step may speak: today, or from some day on
  SELECT customer_id, rung_no, rung_step, due_on, invoice_id, if(rung_anchor = 'issued', issued_on, due_on) AS anchor,
    anchor + rung_from::INT AS start, start > now AS ahead, start <= now AND now <= anchor + rung_until::INT AS fits_now,
    (anchor - DATE '1970-01-01') * 100_000_000_000 + invoice_id AS nth
  FROM unpaid u JOIN (SELECT customer_id, kind, opted_courtesy, first_issued, now FROM known) USING (customer_id)
  JOIN invoice_rungs ON kind = rung_kind
  WHERE NOT overdue AND free > 0 AND free >= rung_min_cents
    AND (of_any OR (of_first AND issued_on = first_issued) OR (of_large AND amount_cents >= 60_000) OR (of_opted AND opted_courtesy))
    AND NOT EXISTS (
      FROM actions a WHERE a.status = 'done' AND a.customer_id = u.customer_id AND a.step = rung_step
      AND a.cycle = if(rung_anchor = 'issued', 'invoice:' || invoice_id, 'due:' || due_on))
),
speaking AS (
  SELECT customer_id,
    min(nth) FILTER (fits_now AND rung_step = 'before_due') AS now_before_due,
    min(nth) FILTER (fits_now AND rung_step = 'courtesy_call') AS now_courtesy_call,
    min(nth) FILTER (fits_now AND rung_step = 'courtesy') AS now_courtesy,
    min(start) FILTER (ahead AND rung_step = 'before_due') AS next_before_due,
    min(start) FILTER (ahead AND rung_step = 'courtesy_call') AS next_courtesy_call,
    min(start) FILTER (ahead AND rung_step = 'courtesy') AS next_courtesy
  FROM bills WHERE fits_now OR ahead GROUP BY ALL
),
opening AS (
  SELECT known.*, done.* EXCLUDE (customer_id), speaking.* EXCLUDE (customer_id),
    if(household, 'household', 'business') AS ladder,
    active AND overdue_cents = 0 AS clear, segment IN ('forgetful', 'slow', 'in_difficulty') OR opted_courtesy AS helped,
    segment = 'new' OR opted_courtesy AS welcome,
    clear AND (last_thanks IS NULL OR now - last_thanks >= 90) AS rested,
    -- the day on which each step opens; unknown while the step before it was not taken
    CASE WHEN formal_notice IS NOT NULL THEN greatest(claim_due + if(household, 95, 90), formal_notice + if(household, 47, 45)) END AS o_legal,
    CASE WHEN reminder_2 IS NOT NULL THEN greatest(claim_due + if(household, 45, 40), reminder_2 + if(household, 12, 10)) END AS o_formal,
    CASE WHEN call IS NOT NULL THEN greatest(claim_due + if(household, 26, 22), call + 7) END AS o_reminder_2,
    CASE WHEN reminder_1 IS NOT NULL THEN greatest(claim_due + if(household, 15, 12), reminder_1 + if(household, 7, 6)) END AS o_call,
    coalesce(claim_due, next_free_due) + if(household, 5, 4) AS o_reminder_1
  FROM known LEFT JOIN done USING (customer_id) LEFT JOIN speaking USING (customer_id)
),
chosen AS (
  SELECT *,
    CASE
      WHEN path_review_on <= now AND path_review IS NULL AND claim_cents >= 1000 THEN 'path_review'
      WHEN broken_day <= now AND now <= broken_day + 30 AND promise_broken IS NULL AND claim_cents >= 1000 AND NOT path_soft
        THEN 'promise_broken'
      WHEN o_legal <= now AND legal_gate IS NULL AND claim_cents >= if(household, 20_000, 50_000) AND NOT path_soft THEN 'legal_gate'
      WHEN o_formal <= now AND formal_notice IS NULL AND claim_cents >= if(household, 3000, 5000) AND NOT path_soft THEN 'formal_notice'
      WHEN o_reminder_2 <= now AND reminder_2 IS NULL AND claim_cents >= 1000 THEN 'reminder_2'
      WHEN o_call <= now AND call IS NULL AND claim_cents >= if(household, 3000, 5000) AND NOT path_soft THEN 'call'
      WHEN o_reminder_1 <= now AND reminder_1 IS NULL AND claim_cents >= 1000 THEN 'reminder_1'
      WHEN plan_done_day BETWEEN now - 5 AND now AND on_plan IS NULL AND active AND claim_cents = 0 AND last_paid >= plan_done_day - 7
        THEN 'thanks_plan'
      WHEN half_day BETWEEN now - 5 AND now AND on_half IS NULL AND active AND claim_cents = 0 AND last_paid >= half_day - 7
        THEN 'thanks_plan_half'
      WHEN kept_day BETWEEN now - 5 AND now AND on_promise IS NULL AND rested AND last_paid >= kept_day - 7 THEN 'thanks_promise'
      WHEN settled_day BETWEEN now - 5 AND now AND on_time IS NULL AND rested AND last_paid >= settled_day - 7 THEN 'thanks_on_time'
      WHEN now_before_due IS NOT NULL AND clear AND helped THEN 'before_due'
      WHEN now_courtesy_call IS NOT NULL AND clear THEN 'courtesy_call'
      WHEN now_courtesy IS NOT NULL AND clear AND welcome THEN 'courtesy'
    END AS chosen_step,
    least(
      CASE WHEN path_review_on > now AND path_review IS NULL THEN path_review_on END,
      CASE WHEN broken_day > now AND promise_broken IS NULL AND NOT path_soft THEN broken_day END,
      CASE WHEN o_legal > now AND legal_gate IS NULL AND NOT path_soft THEN o_legal END,
      CASE WHEN o_formal > now AND formal_notice IS NULL AND NOT path_soft THEN o_formal END,
      CASE WHEN o_reminder_2 > now AND reminder_2 IS NULL THEN o_reminder_2 END,
      CASE WHEN o_call > now AND call IS NULL AND NOT path_soft THEN o_call END,
      CASE WHEN o_reminder_1 > now AND reminder_1 IS NULL THEN o_reminder_1 END,
      CASE WHEN clear AND helped THEN next_before_due END,
      CASE WHEN clear THEN next_courtesy_call END,
      CASE WHEN clear AND welcome THEN next_courtesy END
    ) AS next_day
  FROM opening
),
rung AS (  -- fourteen steps for households, then those of firms and public bodies
  SELECT *, if(rung_no < 14, 'household', 'business') AS ladder FROM rungs
),
-- --- how, and whether it may ----------------------------------------------------------------------------------------
spoken AS (
  SELECT c.*, r.* EXCLUDE (step, ladder), step IS NOT NULL AS wants, coalesce(is_dunning, false) AS dunning, step,
    CASE step WHEN 'before_due' THEN now_before_due WHEN 'courtesy_call' THEN now_courtesy_call WHEN 'courtesy' THEN now_courtesy END
      AS subject,
    subject % 100_000_000_000 AS subject_invoice_id,
    CASE anchor WHEN 'due' THEN claim_due WHEN 'broken' THEN broken_day WHEN 'settled' THEN settled_day WHEN 'kept' THEN kept_day
      WHEN 'plan_half' THEN half_day WHEN 'plan_done' THEN plan_done_day WHEN 'review' THEN path_review_on END AS of_customer,
    if(subject IS NULL, of_customer, DATE '1970-01-01' + (subject // 100_000_000_000)::INT) AS anchor_on,
    CASE WHEN phase = 'before_due' THEN 'due:' || anchor_on
      WHEN subject IS NOT NULL THEN 'invoice:' || subject_invoice_id
      WHEN anchor = 'due' THEN 'arrears:' || claim_due
      WHEN anchor = 'broken' THEN 'promise:' || broken_id
      WHEN anchor = 'review' THEN 'path:' || path_id || ':' || path_review_on
      WHEN anchor IS NOT NULL THEN 'thanks:' || anchor_on END AS cycle,
    CASE step WHEN 'legal_gate' THEN 'formal_notice' WHEN 'formal_notice' THEN 'reminder_2' WHEN 'reminder_2' THEN 'call'
      WHEN 'call' THEN 'reminder_1' END AS after_step,
    CASE step WHEN 'legal_gate' THEN formal_notice WHEN 'formal_notice' THEN reminder_2 WHEN 'reminder_2' THEN call
      WHEN 'call' THEN reminder_1 END AS after_on,
    CASE WHEN vulnerable THEN 'vulnerable' WHEN last_fault = 'ours' THEN 'our_fault'
      WHEN last_reason = 'temporary_difficulty' THEN 'temporary_difficulty'
      WHEN punctual_streak >= 6 AND broken_promises <= 0 THEN 'long_punctual'
      WHEN days_late_weighted <= 3 AND closed_count >= 6 AND max_overdue_days <= 40 THEN 'punctual_before' END AS own_rule,
    CASE WHEN rung_tone IS NOT NULL THEN greatest(rung_tone -
      CASE WHEN own_rule IS NULL THEN 0 WHEN own_rule IN ('vulnerable', 'our_fault') THEN 2 ELSE 1 END, 0) END AS own_tone,
    if(path_soft AND own_tone > 1, 1, own_tone) AS tone,
    CASE WHEN tone < own_tone THEN 'hardship_path' WHEN tone < rung_tone THEN own_rule END AS tone_rule,
    list_filter([channel_0, channel_1, channel_2], lambda one: CASE one
      WHEN 'phone' THEN phone_ok WHEN 'email' THEN email_ok WHEN 'letter' THEN post_ok
      WHEN 'sms' THEN phone_ok AND NOT path_soft WHEN 'visit' THEN post_ok AND NOT path_soft
      WHEN 'pec' THEN pec_ok AND NOT path_soft END) AS usable,
    CASE WHEN list_contains(usable, preferred_channel) THEN preferred_channel ELSE usable[1] END AS channel,
    coalesce(channel IN ('phone', 'visit'), false) AS voice, channel IS NOT NULL AND NOT voice AS message
  FROM chosen c LEFT JOIN rung r ON c.chosen_step = r.step AND c.ladder = r.ladder
),
asked AS (
  SELECT *,
    if(voice, phone_next, message_next) AS tomorrow, if(voice, phone_week, message_week) AS next_week,
    CASE WHEN hold_until < DATE 'infinity' THEN hold_until + 1 END AS hold_end,
    last_out + (if(path_soft, greatest(spacing_days, 21), spacing_days))::INT AS rested_on,
    overdue_cents > 0 AND claim_cents = 0 AS nothing, claim_cents > 0 AS claimed,
    CASE WHEN wants THEN CASE
      WHEN hold_until IS NOT NULL THEN 'hold'
      WHEN dunning AND trouble THEN 'our_service'
      WHEN dunning AND path_pause IS NOT NULL THEN 'path_pause'
      WHEN dunning AND promise_until IS NOT NULL THEN 'promise_pending'
      WHEN dunning AND bank_stale THEN 'stale_bank'
      WHEN charter_closed THEN 'charter.closed'
      WHEN own_tone < min_tone THEN if(own_rule = 'vulnerable', 'vulnerable_tone', 'reason_tone')
      WHEN tone < min_tone THEN 'charter_tone'
      WHEN channel IS NULL THEN 'no_channel'
      WHEN is_holiday OR patron_day = mmdd THEN 'holiday'
      WHEN (voice AND NOT phone_open) OR (message AND NOT message_open) THEN 'contact.hours'
      WHEN voice AND conversations_week >= cap_week_conversations THEN 'contact.week_cap'
      WHEN voice AND conversations_today >= cap_day_conversations THEN 'contact.day_cap'
      WHEN voice AND (attempts_week >= cap_week_attempts OR attempts_today >= cap_day_attempts) THEN 'contact.attempt_cap'
      WHEN message AND messages_week >= cap_week_messages THEN 'contact.message_cap'
      WHEN conversations_week + messages_week >= cap_week_contacts THEN 'contact.total_cap'
      WHEN rung_spacing AND rested_on > now THEN 'spacing' END
    ELSE CASE
      WHEN balance_cents <= 0 THEN 'nothing_due'
      WHEN hold_until IS NOT NULL AND overdue_cents > 0 THEN 'hold'
      WHEN nothing AND plan_until IS NOT NULL THEN 'plan_running'
      WHEN nothing AND bank_until IS NOT NULL THEN 'being_collected'
      WHEN nothing AND disputed_overdue THEN 'disputed'
      WHEN nothing AND blocked_cents > 0 THEN 'blocked_by_us'
      WHEN nothing THEN 'hold'
      WHEN claimed AND trouble THEN 'our_service'
      WHEN claimed AND path_pause IS NOT NULL THEN 'path_pause'
      WHEN claimed AND promise_until IS NOT NULL THEN 'promise_pending'
      WHEN claimed AND claim_cents < 1000 THEN 'below_minimum'
      WHEN claimed AND next_day IS NULL THEN 'ladder_end'
      ELSE 'not_yet' END
    END AS rule,
    CASE rule
      WHEN 'hold' THEN if(wants OR hold_until IS NOT NULL, hold_end, CASE WHEN held_until < DATE 'infinity' THEN held_until + 1 END)
      WHEN 'path_pause' THEN path_pause + 1
      WHEN 'promise_pending' THEN promise_until + 1
      WHEN 'plan_running' THEN plan_until + 1
      WHEN 'being_collected' THEN bank_until + 1
      WHEN 'charter.closed' THEN DATE '1970-01-01' + charter_until::INT
      WHEN 'holiday' THEN tomorrow WHEN 'contact.hours' THEN tomorrow WHEN 'contact.day_cap' THEN tomorrow
      WHEN 'contact.week_cap' THEN next_week WHEN 'contact.message_cap' THEN next_week WHEN 'contact.total_cap' THEN next_week
      WHEN 'contact.attempt_cap' THEN if(attempts_week >= cap_week_attempts, next_week, tomorrow)
      WHEN 'spacing' THEN rested_on
      WHEN 'not_yet' THEN next_day END AS until_on,
    CASE WHEN rule IS NULL THEN 'act'
      WHEN rule IN ('hold', 'our_service', 'disputed', 'blocked_by_us', 'stale_bank', 'no_channel', 'vulnerable_tone', 'reason_tone',
                    'charter_tone', 'ladder_end') THEN 'blocked' ELSE 'wait' END AS answer
  FROM spoken
),
ranked AS (
  SELECT *,
    CASE WHEN message THEN if(path_soft AND dunning, 'hardship_bonus', rung_template) END AS template,
    CASE WHEN NOT voice THEN NULL WHEN NOT dunning THEN rung_script ELSE CASE last_reason
      WHEN 'lost_invoice' THEN 'resend_invoice' WHEN 'temporary_difficulty' THEN 'offer_plan'
      WHEN 'structural_difficulty' THEN 'hardship' WHEN 'our_fault' THEN 'our_fault' ELSE rung_script END END AS script,
    answer = 'act' AND claimed AS weighed,
    if(answer = 'act', rung_priority, 0) AS priority_base,
    CASE WHEN NOT weighed THEN 0 WHEN claim_cents <= 5000 THEN 0 WHEN claim_cents <= 15_000 THEN 40 WHEN claim_cents <= 40_000 THEN 80
      WHEN claim_cents <= 100_000 THEN 130 WHEN claim_cents <= 300_000 THEN 180 ELSE 230 END AS priority_money,
    CASE WHEN NOT weighed THEN 0 WHEN max_overdue_days <= 15 THEN 0 WHEN max_overdue_days <= 30 THEN 30 WHEN max_overdue_days <= 60 THEN 60
      WHEN max_overdue_days <= 90 THEN 90 WHEN max_overdue_days <= 180 THEN 120 ELSE 90 END AS priority_age,
    if(weighed, (1000 - score) * 120 // 1000, 0) AS priority_risk,
    if(weighed AND broken_promises > 0, 80, 0) AS priority_promise,
    CASE WHEN NOT weighed THEN 0 ELSE CASE last_reason WHEN 'our_fault' THEN 60 WHEN 'lost_invoice' THEN 40
      WHEN 'temporary_difficulty' THEN 30 ELSE 0 END END AS priority_reason
  FROM asked
)
SELECT customer_id, answer, ladder, step, phase, cycle, channel, tone, template, script,
  least(priority_base + priority_money + priority_age + priority_risk + priority_promise + priority_reason, 1000) AS priority,
  until_on, rule, balance_cents, overdue_cents, disputed_cents, balance_cents - overdue_cents AS not_due_cents, claim_cents,
  held_cents, blocked_cents, overdue_count, oldest_due AS oldest_due_on, oldest_invoice_id, claim_due AS claim_due_on,
  next_due AS next_due_on, subject_invoice_id, max_overdue_days, days_late_weighted, open_days_late_weighted, trend,
  broken_promises, kept_promises, punctual_streak, closed_count, score, 600 AS score_base, points_delay, points_open_delay,
  points_trend, points_promises, points_streak, points_history, segment, last_contact AS last_contact_on, last_reason,
  last_fault, contacts_left_today, contacts_left_week, best_hour, promise_due AS promise_due_on, path_phase,
  path_pause_until, path_review_on, rung_tone, tone_rule, after_step, after_on, anchor, anchor_on, priority_base,
  priority_money, priority_age, priority_risk, priority_promise, priority_reason,
  md5(concat_ws('|', answer, ladder, coalesce(step, '-'), coalesce(cycle, '-'), coalesce(channel, '-'), coalesce(tone::TEXT, '-'),
    coalesce(template, '-'), coalesce(script, '-'), coalesce(rule, '-'), coalesce(until_on::TEXT, '-'), balance_cents,
    overdue_cents, disputed_cents, claim_cents, overdue_count, coalesce(oldest_due::TEXT, '-'),
    coalesce(oldest_invoice_id::TEXT, '-'), coalesce(claim_due::TEXT, '-'), coalesce(next_due::TEXT, '-'),
    coalesce(subject_invoice_id::TEXT, '-'), segment, coalesce(promise_due::TEXT, '-'), broken_promises, kept_promises,
    coalesce(path_phase, '-'), coalesce(path_review_on::TEXT, '-'))) AS fingerprint
FROM ranked;
