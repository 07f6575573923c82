----------------------------- MODULE Lifecycle -----------------------------
(***************************************************************************)
(* The life of plugins under one manager.                                  *)
(*                                                                         *)
(* A suite is a set of plugins with the edges between them: what a plugin  *)
(* requires, what it wants if it is there, and a capability that it needs  *)
(* from any one of several providers.  A plugin has an instance, and a     *)
(* second one beside it while the one replaces the other; each instance    *)
(* has a phase, and phases change along the rows of the Law alone.         *)
(*                                                                         *)
(* A host asks for one operation at a time (Ask).  An operation is first a *)
(* plan: job.todo, the steps that are left.  A step is a hook of a plugin, *)
(* or a deed of the manager's own.  A hook is two steps of this spec: it   *)
(* is called (Call) and it returns (Return), well or badly as it likes; a  *)
(* panic is a bad return.  What follows a bad return is said in one place, *)
(* Afterwards.  A boot and a shutdown have no sequence of steps: they hold *)
(* the plugins that are pending, and hooks of plugins that do not depend   *)
(* on each other run at the same time, in any order.  After a boot those   *)
(* that were left alone because a provider failed have a second chance,    *)
(* with another provider.                                                  *)
(*                                                                         *)
(* A fault is what a host reports of a plugin that broke while it ran.     *)
(* What the restart policy says to it is left open here: a plugin is due   *)
(* to be started again, or it is not; time, counts and waits are left out. *)
(*                                                                         *)
(* The invariants have the names of the design.  Two of them say less than *)
(* their sentence, and say so on purpose:                                  *)
(*                                                                         *)
(* - Atomic: a plugin that failed with an instance keeps it, and keeps     *)
(*   what it requires loaded, even if this very operation loaded it.  The  *)
(*   instance may need that to be torn down; Support comes first.          *)
(* - Journal: this spec has no journal.  It holds that each step changes   *)
(*   the phase of one instance at most, or says which instance is the      *)
(*   plugin, so that a numbered record of the changes is possible at all   *)
(*   and replaying it is not ambiguous.                                    *)
(*                                                                         *)
(* Left out: the wait for guards (Busy), configurations that do not fit,   *)
(* plugins that are blocked when the suite is resolved, versions, time,    *)
(* hooks that call back, and enabling several plugins by name.             *)
(*                                                                         *)
(* Instances are numbered 1 and 2.  When an operation is over its plugin's *)
(* instance is number 1 again, lest the numbers grow without end.          *)
(***************************************************************************)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS N,        \* how many plugins
          Suites,   \* the suites to look at: see Edges
          Asked     \* the operations that are asked for

VARIABLES suite,    \* what was declared; never changes
          bound,    \* bound[p]: who provides the capability that p needs, or 0
          life,     \* life[p][i]: the phase of instance i of plugin p
          now,      \* now[p]: which instance is the plugin
          loads,    \* loads[p][i]: loads minus unloads
          enables,  \* enables[p][i]: enables minus disables
          run,      \* the hooks that are running: <<hook, plugin, instance>>
          job,      \* the operation that is under way
          due,      \* the plugins that failed and are due to be started again
          stopped   \* stopped[p]: what comes back with p

vars == <<suite, bound, life, now, loads, enables, run, job, due, stopped>>

P == 1..N

-----------------------------------------------------------------------------
(* The law. *)

Phases == {"Discovered", "Loading", "Loaded", "Configured",
           "Enabled", "Disabled", "Failed", "Unloading"}

Law == {
  <<"Discovered", "BeginLoad",    "Loading">>,
  <<"Loading",    "FinishLoad",   "Loaded">>,
  <<"Loading",    "Fail",         "Failed">>,
  <<"Loaded",     "Configure",    "Configured">>,
  <<"Loaded",     "Fail",         "Failed">>,
  <<"Loaded",     "BeginUnload",  "Unloading">>,
  <<"Configured", "Configure",    "Configured">>,
  <<"Configured", "Enable",       "Enabled">>,
  <<"Configured", "Fail",         "Failed">>,
  <<"Configured", "BeginUnload",  "Unloading">>,
  <<"Enabled",    "Disable",      "Disabled">>,
  <<"Enabled",    "Fail",         "Failed">>,
  <<"Disabled",   "Enable",       "Enabled">>,
  <<"Disabled",   "Configure",    "Configured">>,
  <<"Disabled",   "Fail",         "Failed">>,
  <<"Disabled",   "BeginUnload",  "Unloading">>,
  <<"Failed",     "BeginUnload",  "Unloading">>,
  <<"Unloading",  "FinishUnload", "Discovered">> }

Moves == {<<row[1], row[3]>> : row \in Law}

-----------------------------------------------------------------------------
(* Sequences and sets of plugins. *)

Reverse(s) == [k \in 1..Len(s) |-> s[Len(s) + 1 - k]]
Range(s) == {s[k] : k \in 1..Len(s)}
Least(S) == CHOOSE x \in S : \A y \in S : x <= y
Each(hook, s) == [k \in 1..Len(s) |-> <<hook, s[k], 1>>]

RECURSIVE Concat(_, _)
Concat(Steps, s) == IF s = <<>> THEN <<>> ELSE Steps[Head(s)] \o Concat(Steps, Tail(s))

-----------------------------------------------------------------------------
(* The suite: edges as declared, and as the capabilities are bound now. *)

Required(b, p) == suite.req[p] \cup ({b[p]} \ {0})
Below(b, p) == Required(b, p) \cup suite.opt[p]

\* S and all that can be reached from it by an edge of r to a plugin of In.
RECURSIVE Reach(_, _, _)
Reach(r, S, In) ==
  LET T == S \cup (UNION {r[p] : p \in S} \cap In)
  IN IF T = S THEN S ELSE Reach(r, T, In)

Req == [p \in P |-> Required(bound, p)]
All == [p \in P |-> Below(bound, p)]
Dependents == [p \in P |-> {q \in P : p \in Required(bound, q)}]

DownFrom(p) == Reach(Req, {p}, P)
UpFrom(S) == Reach(Dependents, S, P)

\* The canonical order: by level, and by name within a level.
RECURSIVE Level(_, _)
Level(edges, p) ==
  IF edges[p] = {} THEN 0
  ELSE 1 + (LET ls == {Level(edges, d) : d \in edges[p]} IN CHOOSE m \in ls : \A l \in ls : l <= m)

RECURSIVE SortBy(_, _)
SortBy(rank, S) ==
  IF S = {} THEN <<>>
  ELSE LET first == CHOOSE p \in S : \A q \in S : rank[p] < rank[q] \/ (rank[p] = rank[q] /\ p <= q)
       IN <<first>> \o SortBy(rank, S \ {first})

InOrder(S) == SortBy([p \in P |-> Level(All, p)], S)

-----------------------------------------------------------------------------
(* Where the plugins stand. *)

Phase(p) == life[p][now[p]]
Resident(p) == loads[p][now[p]] > 0
Enabled(p) == Phase(p) = "Enabled"
Working == {"Loaded", "Configured", "Enabled", "Disabled"}
IsStopped(p) == Phase(p) \in {"Disabled", "Configured"}
Stands(p) == \A d \in Req[p] : Enabled(d)

EnabledAbove(p) == Reach(Dependents, {p}, {q \in P : Enabled(q)}) \ {p}

\* Whose failure keeps p down: the first in canonical order; 0 if nobody's.
StoppedBy(by, p) ==
  LET cs == {c \in P : p \in by[c]}
  IN IF cs # {} /\ Phase(Least(cs)) = "Failed" THEN Least(cs) ELSE 0

Cause(by, p) ==
  LET failed == {q \in Reach(Req, {p}, {d \in P : ~Enabled(d)}) : Phase(q) = "Failed"}
  IN IF failed # {} THEN Head(InOrder(failed)) ELSE StoppedBy(by, p)

\* Those of s that are still down come back with the plugin that keeps them there.
RECURSIVE LeaveDown(_, _)
LeaveDown(by, s) ==
  IF s = <<>> THEN by
  ELSE LET p == Head(s)
           c == IF IsStopped(p) THEN Cause(by, p) ELSE 0
       IN LeaveDown(IF c = 0 THEN by ELSE [by EXCEPT ![c] = @ \cup {p}], Tail(s))

\* Each of s that has its capability from p gets it from the first other provider that is enabled
\* and does not depend on it.
RECURSIVE Rebind(_, _, _)
Rebind(b, p, s) ==
  IF s = <<>> THEN b
  ELSE LET q == Head(s)
           edges == [x \in P |-> Below(b, x)]
           others == {o \in suite.cap[q] \ {p} : Enabled(o) /\ q \notin Reach(edges, {o}, P)}
       IN Rebind(IF b[q] = p /\ others # {} THEN [b EXCEPT ![q] = Least(others)] ELSE b, p, Tail(s))

\* The same for p alone, if its provider has failed.
Elsewhere(b, p) == IF b[p] # 0 /\ Phase(b[p]) = "Failed" THEN Rebind(b, b[p], <<p>>) ELSE b

\* Nobody but the host decides any more about the plugins of S.
Forget(S) == /\ due' = due \ S
             /\ stopped' = [p \in P |-> IF p \in S THEN {} ELSE stopped[p] \ S]

-----------------------------------------------------------------------------
(* Plans. *)

\* The hooks that lead up from a phase.
ToLoaded(phase) == IF phase = "Discovered" THEN <<"load">> ELSE <<>>
ToEnabled(phase) ==
  CASE phase = "Discovered" -> <<"load", "configure", "enable">>
    [] phase = "Loaded" -> <<"configure", "enable">>
    [] phase \in {"Configured", "Disabled"} -> <<"enable">>
    [] OTHER -> <<>>

Steps(hooks, p) == [k \in 1..Len(hooks) |-> <<hooks[k], p, 1>>]
Up(s) == Concat([p \in P |-> Steps(ToEnabled(Phase(p)), p)], s)
Load1(s) == Concat([p \in P |-> Steps(ToLoaded(Phase(p)), p)], s)

Down(S, all) ==
  LET order == Reverse(InOrder(S))
  IN Each("disable", SelectSeq(order, LAMBDA p : Enabled(p)))
     \o (IF all THEN Each("unload", SelectSeq(order, LAMBDA p : Phase(p) # "Discovered"))
         ELSE <<>>)

Idle == [op |-> "idle", on |-> 0, todo |-> <<>>, made |-> <<>>, pending |-> {}, back |-> FALSE,
         above |-> <<>>, bad |-> {}, was |-> <<>>]

Was == [p \in P |-> <<Phase(p), Resident(p)>>]

Start(op, p, todo, above, pending) ==
  /\ job' = [Idle EXCEPT !.op = op, !.on = p, !.todo = todo, !.above = above,
                         !.pending = pending, !.was = Was]
  /\ UNCHANGED <<suite, bound, life, now, loads, enables, run>>

Plan(op, p, todo) ==
  /\ todo # <<>>
  /\ Start(op, p, todo, <<>>, {})
  /\ UNCHANGED <<due, stopped>>

\* Nothing is to be done, and that counts as the host's decision.
Nothing(p) ==
  /\ Forget({p})
  /\ UNCHANGED <<suite, bound, life, now, loads, enables, run, job>>

-----------------------------------------------------------------------------
(* What a host asks for.  An operation that is not enabled here is refused, *)
(* or has nothing to do, and changes nothing.                               *)

Load(p) ==
  LET moving == Reach(Req, {p}, {d \in P : Phase(d) \notin Working})
  IN /\ \A q \in moving : Phase(q) # "Failed"
     /\ Plan("load", p, Load1(InOrder(moving)))

Configure(p) ==
  /\ Phase(p) \in {"Loaded", "Configured", "Disabled"}
  /\ Plan("configure", p, <<<<"configure", p, 1>>>>)

ToEnable(p) == Reach(Req, {p}, {d \in P : ~Enabled(d)})

Enable(p) ==
  /\ \A q \in ToEnable(p) : Phase(q) # "Failed"
  /\ Plan("enable", p, Up(InOrder(ToEnable(p))))

EnableStrict ==
  /\ \A p \in P : Phase(p) # "Failed"
  /\ Plan("strict", 0, Up(InOrder(P)))

EnableAll ==
  LET unable == UpFrom({p \in P : Phase(p) = "Failed"})
      able == {p \in P \ unable : ~Enabled(p)}
  IN /\ able # {} \/ \E p \in P : Elsewhere(bound, p) # bound
     /\ Start("boot", 0, <<>>, <<>>, able)
     /\ UNCHANGED <<due, stopped>>

ToDisable(p) == EnabledAbove(p) \cup {p}

Disable(p) ==
  IF Phase(p) = "Disabled" THEN Nothing(p)
  ELSE /\ Enabled(p)
       /\ ToDisable(p) = {p}
       /\ Plan("disable", p, Down({p}, FALSE))

DisableCascade(p) ==
  IF Phase(p) = "Disabled" THEN Nothing(p)
  ELSE /\ Enabled(p)
       /\ Plan("disable", p, Down(ToDisable(p), FALSE))

ToUnload(p) == Reach(Dependents, {p}, {q \in P : Resident(q)})

Unload(p) ==
  IF Phase(p) = "Discovered" THEN Nothing(p)
  ELSE /\ ToUnload(p) = {p}
       /\ Plan("unload", p, Down({p}, TRUE))

UnloadCascade(p) ==
  IF Phase(p) = "Discovered" THEN Nothing(p)
  ELSE Plan("unload", p, Down(ToUnload(p), TRUE))

Reload(p) ==
  LET phase == Phase(p)
      on == phase = "Enabled"
      above == IF on THEN InOrder(EnabledAbove(p)) ELSE <<>>
  IN /\ phase \in Working
     /\ Start("reload", p,
              <<<<"load", p, 2>>>>
              \o (IF phase # "Loaded" THEN <<<<"configure", p, 2>>>> ELSE <<>>)
              \o (IF on THEN Each("disable", Reverse(above) \o <<p>>) ELSE <<>>)
              \o (IF phase # "Loaded" THEN <<<<"restore", p, 2>>>> ELSE <<>>)
              \o (IF on THEN <<<<"enable", p, 2>>>> ELSE <<>>)
              \o <<<<"replace", p, 2>>>>
              \o (IF above = <<>> THEN <<>> ELSE Each("again", above) \o <<<<"settle", p, 1>>>>)
              \o <<<<"unload", p, 1>>>>,
              above, {})
     /\ UNCHANGED <<due, stopped>>

\* The new instance is made before the failed one goes: what stands on the plugin keeps standing.
StartAnew(op, p) ==
  LET below == ToEnable(p) \ {p}
      own == IF Resident(p)
             THEN <<<<"load", p, 2>>, <<"configure", p, 2>>, <<"replace", p, 2>>,
                    <<"unload", p, 1>>, <<"enable", p, 2>>>>
             ELSE <<<<"unload", p, 1>>, <<"load", p, 1>>, <<"configure", p, 1>>,
                    <<"enable", p, 1>>>>
  IN /\ Phase(p) = "Failed"
     /\ \A q \in below : Phase(q) # "Failed"
     /\ Plan(op, p, Up(InOrder(below)) \o own \o <<<<"recover", p, 1>>>>)

Retry(p) == StartAnew("retry", p)

\* The policy's verdict on a plugin that has failed: it is due, or it is not.
Verdict(p) == due' \in {due \cup {p}, due \ {p}}

Restart(p) ==
  /\ p \in due
  /\ IF Phase(p) = "Failed" /\ \A q \in ToEnable(p) \ {p} : Phase(q) # "Failed"
     THEN StartAnew("restart", p)
     ELSE Verdict(p) /\ UNCHANGED <<suite, bound, life, now, loads, enables, run, job, stopped>>

Fault(p) ==
  LET above == IF Enabled(p) THEN InOrder(EnabledAbove(p)) ELSE <<>>
  IN /\ Phase(p) \in Working
     /\ Start("fault", p,
              Each("disable", Reverse(above)) \o <<<<"break", p, 1>>>>
              \o Each("again", above)
              \o (IF Enabled(p) THEN <<<<"verdict", p, 1>>>> ELSE <<>>),
              above, {})
     /\ UNCHANGED <<due, stopped>>

Shutdown ==
  LET on == {p \in P : Enabled(p)}
      there == {p \in P : Phase(p) # "Discovered"}
  IN /\ IF there = {} THEN /\ due \cup UNION Range(stopped) # {}
                           /\ UNCHANGED <<suite, bound, life, now, loads, enables, run, job>>
        ELSE IF on # {} THEN Start("stop", 0, <<>>, <<>>, on)
                        ELSE Start("clear", 0, <<>>, <<>>, there)
     /\ Forget(P)

AskOne(op, p) ==
  CASE op = "load" -> Load(p)
    [] op = "configure" -> Configure(p)
    [] op = "enable" -> Enable(p)
    [] op = "disable" -> Disable(p)
    [] op = "disable_cascade" -> DisableCascade(p)
    [] op = "unload" -> Unload(p)
    [] op = "unload_cascade" -> UnloadCascade(p)
    [] op = "reload" -> Reload(p)
    [] op = "retry" -> Retry(p)
    [] op = "fault" -> Fault(p)
    [] op = "restart" -> Restart(p)

OfOne == {"load", "configure", "enable", "disable", "disable_cascade", "unload", "unload_cascade",
          "reload", "retry", "fault", "restart"}

Ask ==
  /\ job.op = "idle"
  /\ \/ \E op \in Asked \cap OfOne, p \in P : AskOne(op, p)
     \/ "enable_all" \in Asked /\ EnableAll
     \/ "enable_all_strict" \in Asked /\ EnableStrict
     \/ "shutdown" \in Asked /\ Shutdown

-----------------------------------------------------------------------------
(* Steps of an operation that makes one after the other. *)

Hooks == {"load", "configure", "restore", "enable", "disable", "unload"}
Next1 == Head(job.todo)
Serial == job.todo # <<>> /\ run = {}

\* The step as a hook of the instance that is meant.
Hook ==
  IF Next1[1] = "again" THEN <<"enable", Next1[2], now[Next1[2]]>> ELSE Next1

Set(p, i, phase) == life' = [life EXCEPT ![p] = [@ EXCEPT ![i] = phase]]
Add(count, p, i, n) == [count EXCEPT ![p] = [@ EXCEPT ![i] = @ + n]]

\* A hook is called.
Called(h) ==
  /\ run' = run \cup {h}
  /\ CASE h[1] = "load" -> Set(h[2], h[3], "Loading")
       [] h[1] = "unload" -> Set(h[2], h[3], "Unloading")
       [] OTHER -> UNCHANGED life
  /\ UNCHANGED <<suite, bound, now, loads, enables, due, stopped>>

Call ==
  /\ Serial
  /\ \/ Next1[1] \in Hooks
     \/ Next1[1] = "again" /\ IsStopped(Next1[2]) /\ Stands(Next1[2])
  /\ Called(Hook)
  /\ UNCHANGED job

\* A hook returns well, or badly.
Returned(h, ok) ==
  LET p == h[2]
      i == h[3]
  IN /\ run' = run \ {h}
     /\ CASE h[1] = "unload" -> Set(p, i, "Discovered")
          [] ~ok -> Set(p, i, "Failed")
          [] h[1] = "load" -> Set(p, i, "Loaded")
          [] h[1] = "configure" -> Set(p, i, "Configured")
          [] h[1] = "enable" -> Set(p, i, "Enabled")
          [] h[1] = "disable" -> Set(p, i, "Disabled")
          [] h[1] = "restore" -> UNCHANGED life
     /\ loads' = CASE h[1] = "load" /\ ok -> Add(loads, p, i, 1)
                   [] h[1] = "unload" -> [loads EXCEPT ![p] = [@ EXCEPT ![i] = 0]]
                   [] OTHER -> loads
     /\ enables' = CASE h[1] = "enable" /\ ok -> Add(enables, p, i, 1)
                     [] h[1] = "disable" -> Add(enables, p, i, -1)
                     [] OTHER -> enables
     /\ UNCHANGED <<suite, bound, now, due, stopped>>

\* An instance that was never made has no hook to fail.
MayFail(h) == h[1] # "unload" \/ loads[h[2]][h[3]] > 0

\* The steps that take back what was made, the last first.  What a failed instance requires is not
\* unloaded under it.
RECURSIVE Undo(_, _)
Undo(made, kept) ==
  IF made = <<>> THEN <<>>
  ELSE LET h == made[Len(made)]
           rest == Undo(SubSeq(made, 1, Len(made) - 1), kept)
       IN CASE h[1] = "enable" -> <<<<"disable", h[2], h[3]>>>> \o rest
            [] h[1] = "load" /\ h[2] \notin kept -> <<<<"unload", h[2], h[3]>>>> \o rest
            [] OTHER -> rest

\* What is left to do after h has returned badly, and whether the operation has failed by it.
Afterwards(h) ==
  LET p == h[2]
      rest == Tail(job.todo)
      onward == <<rest, job.back>>
      kept == IF Resident(p) THEN DownFrom(p) ELSE {}
      discard == IF h[3] # now[p] THEN <<<<"unload", p, h[3]>>>> ELSE <<>>
      again == IF job.was[p][1] = "Enabled"
               THEN <<<<"again", p, 1>>, <<"rebind", p, 1>>>> \o Each("again", job.above)
               ELSE <<>>
      settle == IF job.above = <<>> THEN <<>> ELSE <<<<"settle", p, 1>>>>
  IN CASE job.back \/ h[1] \in {"disable", "unload"} \/ Next1[1] = "again" -> onward
       [] job.op = "second" -> <<SelectSeq(rest, LAMBDA step : step[2] # p), FALSE>>
       [] job.op = "reload" /\ h[1] \in {"load", "configure"} -> <<discard, TRUE>>
       [] job.op = "reload" -> <<discard \o again \o settle, TRUE>>
       [] OTHER -> <<discard \o Undo(job.made, kept), TRUE>>

ReturnWell ==
  /\ job.todo # <<>>
  /\ \E h \in run :
       /\ Returned(h, TRUE)
       /\ job' = [job EXCEPT !.todo = Tail(@),
                             !.made = IF job.op \in {"load", "enable", "strict", "retry", "restart"}
                                         /\ ~job.back /\ h[1] \in {"load", "enable"} /\ h[3] = 1
                                      THEN Append(@, h) ELSE @]

ReturnBadly ==
  /\ job.todo # <<>>
  /\ \E h \in run :
       /\ MayFail(h)
       /\ Returned(h, FALSE)
       /\ LET next == Afterwards(h)
          IN job' = [job EXCEPT !.todo = next[1], !.back = next[2], !.bad = @ \cup {<<h[2], h[3]>>},
                                !.made = IF next[2] THEN <<>> ELSE @]

\* What cannot stand yet, or is not down any more, is not started again.
SkipAgain ==
  /\ Serial
  /\ Next1[1] = "again"
  /\ ~(IsStopped(Next1[2]) /\ Stands(Next1[2]))
  /\ job' = [job EXCEPT !.todo = Tail(@)]
  /\ UNCHANGED <<suite, bound, life, now, loads, enables, run, due, stopped>>

\* The instance beside the plugin becomes the plugin.
Replace ==
  /\ Serial
  /\ Next1[1] = "replace"
  /\ now' = [now EXCEPT ![Next1[2]] = 3 - @]
  /\ job' = [job EXCEPT !.todo = Tail(@)]
  /\ UNCHANGED <<suite, bound, life, loads, enables, run, due, stopped>>

\* No instance has come out of a reload: who can have another provider gets it.
Rebinds ==
  /\ Serial
  /\ Next1[1] = "rebind"
  /\ bound' = IF Phase(Next1[2]) = "Failed" THEN Rebind(bound, Next1[2], job.above) ELSE bound
  /\ job' = [job EXCEPT !.todo = Tail(@)]
  /\ UNCHANGED <<suite, life, now, loads, enables, run, due, stopped>>

\* A plugin that a boot has left alone is started after all if it can have another provider, or what
\* it requires has been started after all.  It may be what one before it has waited for: those that
\* have had their chance have another one then.
Chance ==
  /\ Serial
  /\ Next1[1] = "chance"
  /\ LET p == Next1[2]
         b == Elsewhere(bound, p)
         stands == \A d \in Required(b, p) : Enabled(d)
         hooks == IF stands THEN Steps(ToEnabled(Phase(p)), p) ELSE <<>>
         rest == Tail(job.todo)
         passed == {q \in P : ~Stands(q)} \ ({p} \cup {rest[k][2] : k \in 1..Len(rest)})
         again == IF hooks = <<>> THEN <<>> ELSE Each("chance", InOrder(passed))
     IN /\ bound' = b
        /\ job' = [job EXCEPT !.todo = hooks \o rest \o again]
  /\ UNCHANGED <<suite, life, now, loads, enables, run, due, stopped>>

\* The fault itself: it closes what it broke.
Break ==
  /\ Serial
  /\ Next1[1] = "break"
  /\ LET p == Next1[2]
     IN /\ Set(p, 1, "Failed")
        /\ enables' = [enables EXCEPT ![p] = [@ EXCEPT ![1] = 0]]
        /\ bound' = Rebind(bound, p, job.above)
        /\ job' = [job EXCEPT !.todo = Tail(@), !.bad = @ \cup {<<p, 1>>}]
  /\ UNCHANGED <<suite, now, loads, run, due, stopped>>

Settle ==
  /\ Serial
  /\ Next1[1] \in {"settle", "verdict"}
  /\ IF Next1[1] = "verdict" THEN Verdict(Next1[2]) ELSE UNCHANGED due
  /\ stopped' = LeaveDown(stopped, job.above)
  /\ job' = [job EXCEPT !.todo = Tail(@)]
  /\ UNCHANGED <<suite, bound, life, now, loads, enables, run>>

\* The plugin is up again: what was stopped with it is started again.
Recover ==
  /\ Serial
  /\ Next1[1] = "recover"
  /\ LET p == Next1[2]
         back == InOrder(stopped[p])
     IN /\ job' = [job EXCEPT !.above = back, !.made = <<>>,
                     !.todo = IF back = <<>> THEN <<>>
                              ELSE Each("again", back) \o <<<<"settle", p, 1>>>>]
        /\ stopped' = [stopped EXCEPT ![p] = {}]
        /\ due' = due \ {p}
  /\ UNCHANGED <<suite, bound, life, now, loads, enables, run>>

-----------------------------------------------------------------------------
(* Steps of an operation on everything: as many at a time as there can be. *)

IsRunning(p) == \E h \in run : h[2] = p

BootCall ==
  /\ job.op = "boot"
  /\ \E p \in job.pending :
       /\ ~IsRunning(p)
       /\ All[p] \cap job.pending = {}
       /\ Called(<<Head(ToEnabled(Phase(p))), p, 1>>)
  /\ UNCHANGED job

StopCall ==
  /\ job.op \in {"stop", "clear"}
  /\ \E p \in job.pending :
       /\ ~IsRunning(p)
       /\ \A q \in job.pending : p \notin All[q]
       /\ Called(<<IF job.op = "stop" THEN "disable" ELSE "unload", p, 1>>)
  /\ UNCHANGED job

BulkReturnWell ==
  /\ job.pending # {}
  /\ \E h \in run :
       /\ Returned(h, TRUE)
       /\ job' = [job EXCEPT !.pending = IF h[1] \in {"load", "configure"} THEN @ ELSE @ \ {h[2]}]

\* What requires a plugin that fails is left alone.
BulkReturnBadly ==
  /\ job.pending # {}
  /\ \E h \in run :
       /\ MayFail(h)
       /\ Returned(h, FALSE)
       /\ job' = [job EXCEPT !.bad = @ \cup {<<h[2], 1>>},
                             !.pending = @ \ (IF job.op = "boot" THEN UpFrom({h[2]}) ELSE {h[2]})]

\* All are disabled before the first is unloaded.  When all is enabled that can be, those that were
\* left alone have a second chance, one after the other.
NextPass ==
  /\ job.pending = {}
  /\ \/ /\ job.op = "stop"
        /\ job' = [job EXCEPT !.op = "clear", !.pending = {p \in P : Phase(p) # "Discovered"}]
     \/ /\ job.op = "boot"
        /\ job' = [job EXCEPT !.op = "second",
                              !.todo = Each("chance", InOrder({p \in P : ~Stands(p)}))]
  /\ UNCHANGED <<suite, bound, life, now, loads, enables, run, due, stopped>>

-----------------------------------------------------------------------------
(* The end of an operation. *)

Done == job.op \notin {"idle", "stop", "boot"} /\ job.todo = <<>> /\ job.pending = {}

\* Whoever moves a plugin by hand takes its fate out of the supervisor's.
Noted ==
  LET moved == {p \in P : Phase(p) # job.was[p][1] /\ <<p, 1>> \notin job.bad}
      down == {p \in P : job.was[p][1] # Phase(p)} \cup {job.on}
  IN CASE job.back \/ job.op \in {"retry", "restart", "fault", "reload", "clear"} -> {}
       [] job.op \in {"disable", "unload"} -> down
       [] OTHER -> moved

First(pair, i) == <<pair[i], pair[3 - i]>>

Finish ==
  /\ Done
  /\ IF job.op = "restart" /\ job.back THEN Verdict(job.on) /\ UNCHANGED stopped
     ELSE Forget(Noted)
  /\ job' = Idle
  /\ life' = [p \in P |-> First(life[p], now[p])]
  /\ loads' = [p \in P |-> First(loads[p], now[p])]
  /\ enables' = [p \in P |-> First(enables[p], now[p])]
  /\ now' = [p \in P |-> 1]
  /\ UNCHANGED <<suite, bound, run>>

-----------------------------------------------------------------------------

Step == \/ Call \/ ReturnWell \/ ReturnBadly \/ SkipAgain \/ Replace \/ Break \/ Settle \/ Recover
        \/ Rebinds \/ Chance
        \/ BootCall \/ StopCall \/ BulkReturnWell \/ BulkReturnBadly \/ NextPass
        \/ Finish

Next == Ask \/ Step

Init ==
  /\ suite \in Suites
  /\ bound = [p \in P |-> IF suite.cap[p] = {} THEN 0 ELSE Least(suite.cap[p])]
  /\ life = [p \in P |-> <<"Discovered", "Discovered">>]
  /\ now = [p \in P |-> 1]
  /\ loads = [p \in P |-> <<0, 0>>]
  /\ enables = [p \in P |-> <<0, 0>>]
  /\ run = {}
  /\ job = Idle
  /\ due = {}
  /\ stopped = [p \in P |-> {}]

Spec == Init /\ [][Next]_vars /\ WF_vars(Step)

-----------------------------------------------------------------------------
(* Suites to look at. *)

None == [p \in P |-> {}]
Edges(req, opt, cap) == [req |-> req, opt |-> opt, cap |-> cap]

\* Every acyclic suite up to renaming: edges go from a plugin to one before it.
Downward == {r \in [P -> SUBSET P] : \A p \in P : \A d \in r[p] : d < p}
AllSuites == {Edges(r, o, None) : r \in Downward, o \in Downward}
EverySuite == {s \in AllSuites : \A p \in P : s.req[p] \cap s.opt[p] = {}}

\* The last plugin needs a capability that each of the others provides.
RebindSuites == {Edges(None, None, [p \in P |-> IF p = N THEN P \ {N} ELSE {}])}

\* What can take over from 1 for 2 can itself be had only if another takes over from 1 for it.
ChanceSuites ==
  {Edges(None, None, [p \in P |-> CASE p = 2 -> {1, 3} [] p = 3 -> {1, 4} [] OTHER -> {}])}
ChanceAsked == {"enable_all", "fault"}

Everything == OfOne \cup {"enable_all", "enable_all_strict", "shutdown"}
RebindAsked == {"enable", "enable_all", "reload", "fault", "restart", "disable_cascade"}

-----------------------------------------------------------------------------
(* What holds. *)

TypeOK ==
  /\ \A p \in P : /\ life[p][1] \in Phases /\ life[p][2] \in Phases
                  /\ now[p] \in 1..2 /\ bound[p] \in 0..N
                  /\ stopped[p] \subseteq P
  /\ due \subseteq P
  /\ job.op = "idle" => run = {} /\ \A p \in P : now[p] = 1 /\ life[p][2] = "Discovered"

\* A plugin that has an instance has all that it requires loaded; one that is enabled, enabled.
Support ==
  \A p \in P : \A d \in Req[p] :
    /\ (\E i \in 1..2 : loads[p][i] > 0) => Resident(d)
    /\ (\E i \in 1..2 : life[p][i] = "Enabled") => Enabled(d)

\* An instance exists exactly in the working phases, and in Failed (and then Unloading) if it failed
\* after it was loaded.
Residency ==
  \A p \in P, i \in 1..2 :
    /\ life[p][i] \in Working => loads[p][i] = 1
    /\ life[p][i] \in {"Discovered", "Loading"} => loads[p][i] = 0

Pairing ==
  /\ \A p \in P, i \in 1..2 :
       /\ loads[p][i] \in 0..1
       /\ enables[p][i] \in 0..1
       /\ enables[p][i] = 1 <=> life[p][i] = "Enabled"
       /\ life[p][i] = "Loading" <=> <<"load", p, i>> \in run
       /\ life[p][i] = "Unloading" <=> <<"unload", p, i>> \in run
  /\ \A h, g \in run : h # g => <<h[2], h[3]>> # <<g[2], g[3]>>

\* Each change of a phase is a row of the law; when an operation is over, the numbers change places.
Lawful ==
  [][\/ \A p \in P, i \in 1..2 :
          life'[p][i] # life[p][i] => <<life[p][i], life'[p][i]>> \in Moves
     \/ job'.op = "idle" /\ \A p \in P : life'[p] = First(life[p], now[p])]_vars

Journal ==
  [][\/ job'.op = "idle"
     \/ /\ Cardinality({<<p, i>> \in P \X (1..2) : life'[p][i] # life[p][i]}) <= 1
        /\ now' # now => life' = life]_vars

\* Whether a hook of p is still to come in this operation.
ToCome(hook, p) ==
  \/ \E k \in 1..Len(job'.todo) :
       /\ \/ job'.todo[k][1] = hook
          \/ job'.todo[k][1] = "again" /\ hook = "enable"
          \/ job'.todo[k][1] = "chance" /\ hook \in {"load", "enable"}
       /\ job'.todo[k][2] = p
  \/ p \in job'.pending

Starts(hook, p) == \E i \in 1..2 : <<hook, p, i>> \in run' \ run

\* Up after what it depends on, and down before.
Order ==
  [][\A p, q \in P : p \in All[q] =>
       /\ \A hook \in {"load", "enable"} : Starts(hook, q) => ~ToCome(hook, p)
       /\ \A hook \in {"disable", "unload"} : Starts(hook, p) => ~ToCome(hook, q)]_vars

Concerned ==
  CASE job.op \in {"load", "configure", "enable"} -> DownFrom(job.on)
    [] job.op \in {"disable", "unload", "reload", "fault"} -> UpFrom({job.on}) \cup Range(job.above)
    [] job.op \in {"retry", "restart"} ->
         DownFrom(job.on) \cup stopped[job.on] \cup Range(job.above)
    [] OTHER -> P

\* The plugins whose present instance has failed a hook in this operation.
Failing == {p \in P : <<p, now[p]>> \in job.bad}

\* An operation changes only what it concerns.
Frame == [][job.op # "idle" => \A p \in P : life'[p] # life[p] => p \in Concerned]_vars

\* What an operation was to reach it has reached, but for what failed and what stands on that.
Isolation ==
  Done /\ ~job.back =>
    \A p \in P \ (UpFrom(Failing) \cup (IF job.op = "second" THEN
                   UpFrom({q \in P : job.was[q][1] = "Failed"}) ELSE {})) :
      CASE job.op \in {"second", "strict"} -> Enabled(p)
        [] job.op = "clear" -> Phase(p) = "Discovered"
        [] job.op \in {"enable", "retry", "restart"} -> p \in DownFrom(job.on) => Enabled(p)
        [] job.op = "load" -> p \in DownFrom(job.on) => Resident(p)
        [] job.op = "disable" -> p \in UpFrom({job.on}) => ~Enabled(p)
        [] job.op = "unload" -> p \in UpFrom({job.on}) => ~Resident(p)
        [] job.op \in {"reload", "fault"} -> (job.was[p][1] = "Enabled" <=> Enabled(p))
        [] OTHER -> TRUE

\* What a failed instance keeps loaded: see the head of this module.
Kept == UNION {DownFrom(p) : p \in {q \in Failing : Phase(q) = "Failed" /\ Resident(q)}}

Atomic ==
  Done /\ job.back =>
    \A p \in P :
      LET was == job.was[p]
      IN /\ was[2] /\ ~Resident(p) => p \in Failing
         /\ Resident(p) /\ ~was[2] => p \in Kept
         /\ was[1] = "Enabled" /\ ~Enabled(p) => p \in UpFrom(Failing)
         /\ Enabled(p) => was[1] = "Enabled"
         /\ job.op = "reload" /\ p \notin UpFrom(Failing) => Phase(p) = was[1] /\ now[p] = 1

\* A boot leaves nobody alone who could be started.
NobodyLeft ==
  Done /\ job.op = "second" =>
    \A p \in P : Phase(p) \notin {"Enabled", "Failed"} =>
      \E d \in Required(Elsewhere(bound, p), p) : ~Enabled(d)

\* Nothing is left running or beside a plugin, and no hook is owed.
Clean == Done => run = {} /\ \A p \in P : life[p][3 - now[p]] = "Discovered"

\* What keeps p down though nothing has failed: the host has taken down something below it.
HeldByHost(p, S) == \E d \in DownFrom(p) \ {p} : ~Enabled(d) /\ d \notin S

\* What a failure stopped is up again with it, or is kept down by another failure or by the host.
Comeback ==
  Done /\ ~job.back /\ job.op \in {"retry", "restart"} =>
    \A p \in Range(job.above) :
      IsStopped(p) => \/ \E c \in P : p \in stopped[c] /\ Phase(c) = "Failed"
                      \/ HeldByHost(p, Range(job.above))

-----------------------------------------------------------------------------
(* What comes about. *)

\* Every operation ends.
Progress == (job.op # "idle") ~> (job.op = "idle")

\* What the failure of p has stopped comes back when p does, unless another failure is in the way, or the host.
Recovery ==
  \A p, q \in P :
    (job.op \in {"retry", "restart"} /\ job.on = p /\ q \in stopped[p] /\ IsStopped(q))
    ~> (\/ Enabled(q)
        \/ job.back
        \/ Phase(q) = "Failed"
        \/ \E c \in P \ {p} : q \in stopped[c] /\ Phase(c) = "Failed"
        \/ HeldByHost(q, Range(job.above)))

-----------------------------------------------------------------------------
(* What the host is told: which of its requests are refused, and whether an *)
(* operation that is over has failed.                                       *)

Refuses(op, p) ==
  CASE op = "load" -> /\ Phase(p) \notin Working
                      /\ \E q \in Reach(Req, {p}, {d \in P : Phase(d) \notin Working}) :
                           Phase(q) = "Failed"
    [] op = "enable" -> \E q \in ToEnable(p) : Phase(q) = "Failed"
    [] op = "configure" -> Phase(p) \notin {"Loaded", "Configured", "Disabled"}
    [] op = "disable" -> Phase(p) \notin {"Enabled", "Disabled"}
                         \/ (Enabled(p) /\ ToDisable(p) # {p})
    [] op = "disable_cascade" -> Phase(p) \notin {"Enabled", "Disabled"}
    [] op = "unload" -> Phase(p) # "Discovered" /\ ToUnload(p) # {p}
    [] op = "unload_cascade" -> FALSE
    [] op = "reload" -> Phase(p) = "Failed"
    [] op = "retry" -> Phase(p) # "Failed" \/ \E q \in ToEnable(p) \ {p} : Phase(q) = "Failed"
    [] op = "fault" -> Phase(p) \notin Working

Refused == {<<op, p>> \in (OfOne \ {"restart"}) \X P : Refuses(op, p)}
RefusedAll == {op \in {"enable_all_strict"} : \E p \in P : Phase(p) = "Failed"}

Fails == \/ job.back
         \/ job.op = "disable" /\ <<job.on, 1>> \in job.bad
         \/ job.op = "clear" /\ job.bad # {}

\* The plugins in canonical order.
Canonical == InOrder(P)

\* A refusal and a start exclude each other.
Either == job.op = "idle" =>
  \A r \in Refused : r[1] \in Asked => ~ENABLED AskOne(r[1], r[2])

-----------------------------------------------------------------------------
(* What is seen sometimes, lest the above hold for want of anything to hold for. *)

SometimesAllEnabled == \A p \in P : Enabled(p)
SometimesTwoHooksAtOnce == Cardinality(run) > 1
SometimesTwoInstances == \E p \in P : loads[p] = <<1, 1>>
SometimesTwoEnabledInstances == \E p \in P : now[p] = 2 /\ life[p][2] = "Enabled" /\ loads[p][1] = 1
SometimesReloadRolledBack == Done /\ job.op = "reload" /\ job.back /\ Enabled(job.on)
SometimesReloadLosesOld == Done /\ job.op = "reload" /\ job.back /\ Phase(job.on) = "Failed"
SometimesKept == Done /\ job.back /\ \E p \in P : Resident(p) /\ ~job.was[p][2] /\ p \notin Failing
SometimesUndone == job.back /\ job.op = "strict" /\ job.todo # <<>>
SometimesStopped == \E p \in P : stopped[p] # {}
SometimesBack == Done /\ job.op = "restart" /\ job.above # <<>> /\ \A p \in P : Enabled(p)
SometimesBlocked == Done /\ job.op = "second" /\ \E p \in P \ Failing : ~Enabled(p)
SometimesFailedUnload == job.op = "clear" /\ job.bad # {}
SometimesSecondChance == job.op = "second" /\ \E h \in run : h[1] = "enable"
SometimesChanceByChance ==
  \E p \in P : /\ Enabled(p) /\ bound[p] \notin {0, Least(suite.cap[p])}
               /\ bound[bound[p]] \notin {0, Least(suite.cap[bound[p]])}
SometimesReboundByReload ==
  /\ Done /\ job.op = "reload" /\ job.back
  /\ \E p \in Range(job.above) : Enabled(p) /\ bound[p] \notin {0, job.on}
SometimesRebound == \E p \in P : bound[p] # 0 /\ bound[p] # Least(suite.cap[p])
=============================================================================
