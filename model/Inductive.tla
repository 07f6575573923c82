------------------------------ MODULE Inductive ------------------------------
(***************************************************************************)
(* The invariant of the proof, in the terms of the spec.                   *)
(*                                                                         *)
(* inductive.smt2 proves for any number of plugins that its invariant is   *)
(* kept by every action, but of its own reading of the actions, which has  *)
(* sets where the spec has sequences.  Here the same invariant is said of  *)
(* the states of the spec, part by part, under the same names, and checked *)
(* in all of them.  What the proof has as a variable is computed from the  *)
(* spec's; where the proof remembers something that the spec does not (who *)
(* was the first to fail), there must be somebody for whom it holds.       *)
(***************************************************************************)
EXTENDS Lifecycle

-----------------------------------------------------------------------------
(* The proof's variables. *)

T == job.on
Kind ==
  CASE job.op \in {"load", "configure", "enable", "strict"} -> IF job.back THEN "undo" ELSE "up"
    [] job.op \in {"disable", "unload"} -> "down"
    [] job.op \in {"retry", "restart"} -> IF job.back THEN "undo" ELSE "retry"
    [] job.op = "second" -> "boot"
    [] OTHER -> job.op

ToDo(step, p, i) == \E n \in 1..Len(job.todo) : job.todo[n] = <<step, p, i>>

\* How far a reload, a retry or a fault has come.
Stage ==
  CASE Kind \notin {"reload", "retry", "fault"} -> "first"
    [] Kind \in {"reload", "retry", "fault"} /\ job.todo = <<>> -> "end"
    [] Kind = "reload" /\ job.back -> "back"
    [] OTHER ->
         CASE Next1[1] = "unload" -> IF now[T] = 1 THEN "gone" ELSE "old"
           [] Next1[1] \in {"again", "settle", "verdict"} -> "again"
           [] Next1[1] \in {"disable", "break"} -> "stops"
           [] Next1[1] = "replace" -> "swap"
           [] Next1[1] = "recover" -> "end"
           [] Next1[3] = 1 -> "first"
           [] Next1[1] = "load" -> IF Kind = "retry" THEN "take" ELSE "first"
           [] Next1[1] = "configure" -> "conf"
           [] OTHER -> IF Kind = "retry" THEN "own" ELSE "take"

\* The instance that is the plugin, and the one beside the plugin of the operation.
Rn(p) == IF \E h \in run : h[2] = p /\ h[3] = now[p]
         THEN (CHOOSE h \in run : h[2] = p /\ h[3] = now[p])[1] ELSE "none"
Beside(p) == life[p][3 - now[p]]
Sp == IF T = 0 THEN "Discovered" ELSE Beside(T)
Sr == IF T # 0 /\ \E h \in run : h[2] = T /\ h[3] # now[T]
      THEN (CHOOSE h \in run : h[2] = T /\ h[3] # now[T])[1] ELSE "none"

Ld(p) == Resident(p)
WasOn(p) == job.was[p][1] = "Enabled"
WasLd(p) == job.was[p][2]
On == T # 0 /\ WasOn(T)
Below1(p) == DownFrom(p) \ {p}
Above1(p) == UpFrom({p}) \ {p}

\* What is to come.  The steps of a plugin that is retried are not, until its failed life is cleared away.
Cleared(p) == ~(Kind = "retry" /\ p = T /\ ToDo("unload", p, 1))
AL(p) == ToDo("load", p, 1) /\ Cleared(p)
AC(p) == ToDo("configure", p, 1) /\ Cleared(p)
AE(p) == ToDo("enable", p, 1) /\ Cleared(p)
AD(p) == ToDo("disable", p, 1)
AU(p) == ToDo("unload", p, 1)
AA(p) == IF Kind = "reload" /\ Stage \in {"first", "conf", "stops", "take", "swap"}
         THEN On /\ p \in {T} \cup Range(job.above)
         ELSE ToDo("again", p, 1)
ML(p) == <<"load", p, 1>> \in Range(job.made)
ME(p) == <<"enable", p, 1>> \in Range(job.made)
Hurt == UpFrom(IF Kind = "boot" THEN {p \in P : Phase(p) = "Failed"} ELSE Failing)
Pend(p) == IF job.op = "second" THEN ~Enabled(p) /\ p \notin Hurt ELSE p \in job.pending

-----------------------------------------------------------------------------
(* The parts of the invariant.  Support, Residency and Pairing are the spec's own. *)

Graph == \A p \in P : p \notin UNION {DownFrom(d) : d \in Req[p]}

\* What a hook that runs may count on.
Running ==
  /\ \A p \in P :
       /\ Rn(p) # "restore"
       /\ Rn(p) = "configure" => Phase(p) \in {"Loaded", "Configured", "Disabled"}
       /\ Rn(p) = "enable" => IsStopped(p)
       /\ Rn(p) = "disable" => Enabled(p)
       /\ Rn(p) = "load" => \A d \in Below1(p) : Ld(d)
       /\ Rn(p) = "enable" => \A d \in Below1(p) : Enabled(d)
       /\ Rn(p) = "disable" => \A q \in Above1(p) : ~Enabled(q)
       /\ Rn(p) = "unload" => \A q \in Above1(p) : ~Ld(q)
       /\ p # T => Beside(p) = "Discovered"
  /\ Sr = "configure" => Sp = "Loaded"
  /\ Sr = "restore" => Sp = "Configured"
  /\ Sr = "enable" => Sp = "Configured"
  /\ Sr # "disable"
  /\ Kind = "idle" \/ Stage = "end" => run = {}
  /\ Kind \notin {"boot", "stop", "clear"} => Cardinality(run) <= 1
  /\ Stage = "end" => Kind \in {"idle", "reload", "retry", "fault"}
  /\ Sp # "Discovered" => Kind \in {"reload", "retry", "undo"} /\ Ld(T)

\* What is to come upwards, and what was made.
Climb ==
  \A p \in P :
    /\ AL(p) => Phase(p) \in {"Discovered", "Loading"}
    /\ AL(p) => \A d \in Below1(p) : Ld(d) \/ AL(d)
    /\ AC(p) => AL(p) \/ Phase(p) \in {"Loaded", "Configured", "Disabled"}
    /\ AE(p) => ~Enabled(p) /\ (AC(p) \/ IsStopped(p))
    /\ AE(p) => \A d \in Below1(p) : Enabled(d) \/ AE(d)
    /\ Rn(p) = "load" => AL(p)
    /\ Rn(p) = "configure" => AC(p) /\ ~AL(p)
    /\ Rn(p) = "enable" => Stage = "own" \/ (AE(p) /\ ~AC(p))
    /\ AL(p) \/ AC(p) \/ AE(p) => p \in Concerned
    /\ ML(p) \/ ME(p) => p \in Concerned
    /\ ML(p) => \A q \in Above1(p) : Ld(q) => ML(q)
    /\ ME(p) => \A q \in Above1(p) : Enabled(q) => ME(q)
    /\ Ld(p) <=> WasLd(p) \/ ML(p)
    /\ Enabled(p) <=> WasOn(p) \/ ME(p)
    /\ WasOn(p) => WasLd(p)
    /\ ~(ML(p) /\ WasLd(p))
    /\ ~(ME(p) /\ WasOn(p))

\* What is to come downwards.
Descent ==
  \A p \in P :
    /\ AD(p) => Enabled(p) /\ p \in Concerned
    /\ AD(p) => \A q \in Above1(p) : Enabled(q) => AD(q)
    /\ AU(p) => p \in Concerned /\ Phase(p) \notin {"Discovered", "Loading"}
    /\ AU(p) /\ Enabled(p) => AD(p)
    /\ AU(p) => \A q \in Above1(p) : Ld(q) => AU(q)
    /\ Rn(p) = "disable" => AD(p)
    /\ Rn(p) = "unload" => AU(p)
    /\ Rn(p) \in {"none", "disable", "unload"}

\* On the way back: what was stays, and what is more is to go, or is kept under a failed instance: that of
\* f, or of nobody if f is 0.
UndoesWith(f) ==
  LET kept == IF f = 0 THEN {} ELSE DownFrom(f)
  IN /\ f # 0 => Phase(f) = "Failed" /\ Ld(f)
     /\ \A p \in P :
          /\ WasLd(p) => Ld(p)
          /\ WasOn(p) => Enabled(p)
          /\ Ld(p) => WasLd(p) \/ AU(p) \/ p \in kept
          /\ Enabled(p) => WasOn(p) \/ AD(p)
          /\ p \in kept => ~AU(p)
          /\ ~(WasLd(p) /\ AU(p))
          /\ ~(WasOn(p) /\ AD(p))
     /\ Sp # "Discovered" => f = T
Undoes == \E f \in 0..N : UndoesWith(f)

\* In a reload: what served serves, or is to be started again, or failed itself, or stands on such.
Serving ==
  \A p \in P :
    /\ WasOn(p) => \A d \in Below1(p) : WasOn(d)
    /\ p \in Hurt => Above1(p) \subseteq Hurt
    /\ WasOn(p) => Enabled(p) \/ AA(p) \/ p \in Hurt
    /\ AA(p) => p \in Concerned /\ WasOn(p)
    /\ AA(p) => Enabled(p) \/ Phase(p) = "Disabled" \/ p \in Hurt
    /\ Rn(p) = "enable" => AA(p)
    /\ Rn(p) \in {"none", "disable", "enable"}
    /\ Rn(p) = "disable" => Stage = "stops"
    /\ Enabled(p) => WasOn(p)
    /\ Ld(p) <=> WasLd(p)
    /\ Stage \in {"old", "end"} => ~AA(p)

Reloads ==
  /\ Serving
  /\ Ld(T)
  /\ T \in Concerned
  /\ Stage \in {"first", "conf", "stops", "take", "swap", "again", "old", "back", "end"}
  /\ Stage \notin {"back", "end"} => Concerned = UpFrom({T})
  /\ On => \A d \in Below1(T) : Enabled(d)
  /\ Stage = "first" => Sp \in {"Discovered", "Loading"}
  /\ Sp = "Loading" => Stage = "first"
  /\ Stage \in {"first", "conf"} => \A p \in P : WasOn(p) => Enabled(p)
  /\ Stage = "conf" => Sp = "Loaded"
  /\ Stage \in {"stops", "take"} => Sp \in {"Loaded", "Configured"}
  /\ Stage = "swap" => IF On THEN Sp = "Enabled" ELSE Sp \in {"Loaded", "Configured"}
  /\ Stage = "end" => Sp = "Discovered"
  /\ Stage \in {"again", "old", "back"} => Sp # "Enabled"
  /\ Stage \in {"take", "swap"} => ~Enabled(T)
  /\ ~On => \A p \in P : ~AD(p) /\ ~AA(p)
  /\ Stage \in {"first", "conf", "stops"} /\ On => \A p \in P :
       /\ AD(p) => Enabled(p) /\ p \in Concerned
       /\ Enabled(p) /\ p \in UpFrom({T}) => AD(p)
       /\ AD(p) => \A q \in Above1(p) : Enabled(q) => AD(q)
       /\ Rn(p) = "disable" => AD(p)
       /\ AD(p) => AA(p)
  /\ Sr = "enable" => On /\ Stage = "take"
  /\ Sr = "restore" => Stage = "take"
  /\ Sr = "configure" => Stage = "conf"
  /\ Sr # "none" => Stage \notin {"stops", "swap", "again"}
  /\ \A p \in P : Rn(p) = "enable" => Stage = "again" \/ (Stage = "back" /\ Sp = "Discovered")

Retries ==
  /\ T \in Concerned
  /\ Stage \in {"first", "gone", "take", "conf", "swap", "old", "own", "again", "end"}
  /\ Stage = "end" => Sp = "Discovered"
  /\ Stage = "again" =>
       /\ Sp = "Discovered"
       /\ Sr = "none"
       /\ \A p \in P :
            /\ AA(p) => p \in Concerned
            /\ Rn(p) = "enable" => AA(p)
            /\ Rn(p) \in {"none", "enable"}
  /\ Stage \notin {"again", "end"} =>
       /\ \A p \in P :
            /\ Rn(p) \in {"none", "load", "configure", "enable"} \/ (Stage = "gone" /\ p = T)
            /\ Rn(p) = "unload" => ~Ld(p)
            /\ Stage = "own" /\ Rn(p) = "enable" => p = T
       /\ Climb
       /\ \A d \in Below1(T) : Enabled(d) \/ AE(d)
  /\ Stage \in {"take", "conf", "swap", "old", "own", "gone"} =>
       \A p \in P : ~AL(p) /\ ~AC(p) /\ ~AE(p)
  /\ Stage \in {"take", "conf", "swap"} => Phase(T) = "Failed" /\ Ld(T)
  /\ Stage = "first" => Sp = "Discovered" /\ (WasLd(T) => Phase(T) = "Failed")
  /\ Stage = "gone" => Sp = "Discovered" /\ ~Ld(T) /\ Phase(T) \in {"Failed", "Unloading"}
  /\ Stage = "take" => Sp \in {"Discovered", "Loading"}
  /\ Stage = "conf" => Sp = "Loaded"
  /\ Stage = "swap" => Sp = "Configured" /\ Sr = "none"
  /\ Stage = "old" => Ld(T) /\ Phase(T) = "Configured" /\ Sp \in {"Failed", "Unloading"}
  /\ Stage = "own" => Sp = "Discovered" /\ Ld(T) /\ Phase(T) = "Configured"
  /\ Sr = "configure" => Stage = "conf"
  /\ Sp = "Loading" => Stage = "take"
  /\ Sr \notin {"restore", "enable"}

Faults ==
  /\ Stage \in {"stops", "again", "end"}
  /\ T \in Concerned
  /\ \A p \in P : AA(p) => p \in Concerned
  /\ Stage = "stops" =>
       /\ Descent
       /\ Phase(T) \in Working
       /\ \A p \in P : ~AU(p) /\ (Enabled(p) /\ p \in Above1(T) => AD(p))
       /\ ~AD(T)
       /\ On <=> Enabled(T)
  /\ Stage = "again" => \A p \in P : Rn(p) \in {"none", "enable"} /\ (Rn(p) = "enable" => AA(p))

\* What is not to come any more in a boot is enabled, or failed, or stands on what failed.
Boots ==
  \A p \in P :
    /\ p \in Concerned
    /\ Pend(p) \/ Enabled(p) \/ p \in Hurt
    /\ p \in Hurt => Above1(p) \subseteq Hurt
    /\ Pend(p) => p \notin Hurt
    /\ Pend(p) => Phase(p) \in {"Discovered", "Loading", "Loaded", "Configured", "Disabled"}
    /\ Rn(p) # "none" => Pend(p)
    /\ Rn(p) \in {"none", "load", "enable"} \/ (Rn(p) = "configure" /\ Phase(p) = "Loaded")
    /\ Rn(p) # "none" => \A d \in Below1(p) : Enabled(d)

Stops == \A p \in P : (Enabled(p) <=> Pend(p)) /\ Rn(p) \in {"none", "disable"}

Clears ==
  \A p \in P :
    /\ Phase(p) # "Discovered" <=> Pend(p)
    /\ Phase(p) \notin {"Enabled", "Loading"}
    /\ Rn(p) \in {"none", "unload"}

-----------------------------------------------------------------------------

Inductive ==
  /\ Graph /\ Support /\ Residency /\ Pairing /\ Running
  /\ Kind = "up" => Climb /\ \A p \in P : Rn(p) \in {"none", "load", "configure", "enable"}
  /\ Kind = "undo" => Descent /\ Undoes /\ Sp # "Enabled" /\ Sr \in {"none", "unload"}
  /\ Kind = "down" => Descent /\ \A p \in UpFrom({T}) :
       /\ Enabled(p) => AD(p)
       /\ job.op = "unload" /\ Ld(p) => AU(p)
  /\ Kind = "reload" => Reloads
  /\ Kind = "retry" => Retries
  /\ Kind = "fault" => Faults
  /\ Kind = "boot" => Boots
  /\ Kind = "stop" => Stops
  /\ Kind = "clear" => Clears
=============================================================================
