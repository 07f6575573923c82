; The safety of the model for any number of plugins and any acyclic graph.
;
; `Lifecycle.tla` is explored for two or three plugins. Here the same actions are shown to keep the same
; invariants for every number of them: P is any set, and `dep` any strict partial order on it (who requires
; whom, transitively; a capability counts as what it is bound to). Both solvers must answer `unsat` to the
; question whether an action can lead out of the invariant, and `sat` to the question whether it can be
; taken at all. `scripts/prove` asks both and holds them to that; `tests/model.rs` holds the names below
; equal to the actions of the spec.
;
; Nothing here makes a plugin of a plugin, and of states there are only the two. So there is only a handful of
; plugins that matter to a question, and a solver can decide it: it need not be lucky.
;
; Where the spec has a sequence of steps, here are sets of plugins with a step of each kind to come
; (aL, aC, aE: load, configure, enable; aD, aU: disable, unload; aA: started again), and any step may come
; next that has none before it in the order of the graph. That allows all that the spec allows, and more.
; What the supervisor remembers is left open: what comes back is any set.
;
; An instance that is the plugin is in ph, ld, en, rn: phase, loads minus unloads, enables minus disables,
; the hook that runs. The one beside the plugin of the operation is in sp, sl, se, sr.
; `boom` is an alarm: a count that would leave 0 and 1, or a second hook on one instance.
(set-logic ALL)
(declare-sort P 0)
(declare-datatypes ((Phase 0)) (((Discovered) (Loading) (Loaded) (Configured) (Enabled) (Disabled) (Failed) (Unloading))))
(declare-datatypes ((Hook 0)) (((none) (load) (configure) (restore) (enable) (disable) (unload))))
; what kind of operation is under way, and how far a reload, a retry or a fault has come
(declare-datatypes ((Kind 0)) (((idle) (up) (undo) (down) (reload) (retry) (fault) (boot) (stop) (clear))))
(declare-datatypes ((Stage 0)) (((first) (gone) (conf) (stops) (take) (swap) (again) (old) (own) (back) (end))))

(declare-sort State 0)
(declare-fun dep (State P P) Bool)
(declare-fun ph (State P) Phase) (declare-fun ld (State P) Bool) (declare-fun en (State P) Bool) (declare-fun rn (State P) Hook)
(declare-fun conc (State P) Bool) (declare-fun aL (State P) Bool) (declare-fun aC (State P) Bool) (declare-fun aE (State P) Bool) (declare-fun aD (State P) Bool) (declare-fun aU (State P) Bool) (declare-fun aA (State P) Bool) (declare-fun pend (State P) Bool)
(declare-fun mL (State P) Bool) (declare-fun mE (State P) Bool) (declare-fun wr (State P) Bool) (declare-fun we (State P) Bool) (declare-fun hurt (State P) Bool)
(declare-fun sp (State) Phase) (declare-fun sl (State) Bool) (declare-fun se (State) Bool) (declare-fun sr (State) Hook)
(declare-fun k (State) Kind) (declare-fun t (State) P) (declare-fun g (State) Stage)
(declare-fun on (State) Bool) (declare-fun all (State) Bool) (declare-fun f (State) P) (declare-fun kf (State) Bool) (declare-fun boom (State) Bool)

(define-fun above ((s State) (p P) (d P)) Bool (dep s p d))
(define-fun at ((s State) (p P) (x Phase)) Bool (= (ph s p) x))
(define-fun on! ((s State) (p P)) Bool (at s p Enabled))
(define-fun working ((x Phase)) Bool (or (= x Loaded) (= x Configured) (= x Enabled) (= x Disabled)))
(define-fun stopped ((x Phase)) Bool (or (= x Configured) (= x Disabled)))
(define-fun stopped-or-loaded ((x Phase)) Bool (or (= x Loaded) (= x Configured)))
(define-fun may ((x Phase)) Bool (or (= x Loaded) (= x Configured) (= x Disabled)))

; the law
(define-fun law ((x Phase) (y Phase)) Bool (or (= x y)
  (and (= x Discovered) (= y Loading)) (and (= x Loading) (= y Loaded)) (and (= x Loading) (= y Failed))
  (and (= x Loaded) (or (= y Configured) (= y Failed) (= y Unloading)))
  (and (= x Configured) (or (= y Enabled) (= y Failed) (= y Unloading)))
  (and (= x Enabled) (or (= y Disabled) (= y Failed)))
  (and (= x Disabled) (or (= y Enabled) (= y Configured) (= y Failed) (= y Unloading)))
  (and (= x Failed) (= y Unloading)) (and (= x Unloading) (= y Discovered))))

; --- the invariant -------------------------------------------------------------------------------
; Each part is said of a plugin p, one q that may require it and one d that it may require; `Inv` says it of
; all. So that a state is outside takes no quantifier: the questions below name three for which it is false.

(define-fun Graph-of ((s State) (p P) (q P) (d P)) Bool (and
  (not (above s p p))
  (=> (and (above s q p) (above s p d)) (above s q d))))
(define-fun Graph ((s State)) Bool (forall ((p P) (q P) (d P)) (Graph-of s p q d)))

(define-fun Support ((s State) (p P) (q P) (d P)) Bool (and
  (=> (and (above s p d) (ld s p)) (ld s d))
  (=> (and (above s p d) (on! s p)) (on! s d))
  (=> (and (above s (t s) d) (sl s)) (ld s d))
  (=> (and (above s (t s) d) (= (sp s) Enabled)) (on! s d))))

(define-fun Residency ((s State) (p P) (q P) (d P)) Bool (and
  (=> (working (ph s p)) (ld s p))
  (=> (or (at s p Discovered) (at s p Loading)) (not (ld s p)))
  (=> (working (sp s)) (sl s))
  (=> (or (= (sp s) Discovered) (= (sp s) Loading)) (not (sl s)))))

(define-fun Pairing ((s State) (p P) (q P) (d P)) Bool (and (not (boom s))
  (= (en s p) (on! s p))
  (= (at s p Loading) (= (rn s p) load))
  (= (at s p Unloading) (= (rn s p) unload))
  (= (se s) (= (sp s) Enabled))
  (= (= (sp s) Loading) (= (sr s) load))
  (= (= (sp s) Unloading) (= (sr s) unload))))

; what a hook that runs may count on
(define-fun Running ((s State) (p P) (q P) (d P)) Bool (and
  (not (= (rn s p) restore))
  (=> (= (rn s p) configure) (may (ph s p)))
  (=> (= (rn s p) enable) (stopped (ph s p)))
  (=> (= (rn s p) disable) (on! s p))
  (=> (and (= (rn s p) load) (above s p d)) (ld s d))
  (=> (and (= (rn s p) enable) (above s p d)) (on! s d))
  (=> (and (= (rn s p) disable) (above s q p)) (not (on! s q)))
  (=> (and (= (rn s p) unload) (above s q p)) (not (ld s q)))
  (=> (= (sr s) configure) (= (sp s) Loaded))
  (=> (= (sr s) restore) (= (sp s) Configured))
  (=> (= (sr s) enable) (= (sp s) Configured))
  (not (= (sr s) disable))
  (=> (or (= (k s) idle) (= (g s) end)) (and (= (sr s) none) (= (rn s p) none)))
  ; one hook at a time, but in a boot and a shutdown
  (=> (not (or (= (k s) boot) (= (k s) stop) (= (k s) clear))) (and
    (=> (not (or (= (rn s p) none) (= (rn s q) none))) (= p q))
    (=> (not (= (sr s) none)) (= (rn s p) none))))
  (=> (= (g s) end) (or (= (k s) idle) (= (k s) reload) (= (k s) retry) (= (k s) fault)))
  ; an instance beside the plugin, only while one replaces the other
  (=> (not (= (sp s) Discovered)) (and (or (= (k s) reload) (= (k s) retry) (= (k s) undo)) (ld s (t s))))))

; what is to come upwards, and what was made
(define-fun Climb ((s State) (p P) (q P) (d P)) Bool (and
  (=> (aL s p) (or (at s p Discovered) (at s p Loading)))
  (=> (and (aL s p) (above s p d)) (or (ld s d) (aL s d)))
  (=> (aC s p) (or (aL s p) (may (ph s p))))
  (=> (aE s p) (and (not (on! s p)) (or (aC s p) (stopped (ph s p)))))
  (=> (and (aE s p) (above s p d)) (or (on! s d) (aE s d)))
  (=> (= (rn s p) load) (aL s p))
  (=> (= (rn s p) configure) (and (aC s p) (not (aL s p))))
  (=> (= (rn s p) enable) (or (= (g s) own) (and (aE s p) (not (aC s p)))))
  (=> (or (aL s p) (aC s p) (aE s p)) (conc s p))
  (=> (or (mL s p) (mE s p)) (conc s p))
  (=> (and (mL s p) (above s q p) (ld s q)) (mL s q))
  (=> (and (mE s p) (above s q p) (on! s q)) (mE s q))
  (= (ld s p) (or (wr s p) (mL s p)))
  (= (on! s p) (or (we s p) (mE s p)))
  (=> (we s p) (wr s p))
  (not (and (mL s p) (wr s p)))
  (not (and (mE s p) (we s p)))))

; what is to come downwards
(define-fun Descent ((s State) (p P) (q P) (d P)) Bool (and
  (=> (aD s p) (and (on! s p) (conc s p)))
  (=> (and (aD s p) (above s q p) (on! s q)) (aD s q))
  (=> (aU s p) (and (conc s p) (not (at s p Discovered)) (not (at s p Loading))))
  (=> (and (aU s p) (on! s p)) (aD s p))
  (=> (and (aU s p) (above s q p) (ld s q)) (aU s q))
  (=> (= (rn s p) disable) (aD s p))
  (=> (= (rn s p) unload) (aU s p))
  (or (= (rn s p) none) (= (rn s p) disable) (= (rn s p) unload))))

; Atomic, on the way back: what was stays, and what is more is to go, or is kept under a failed instance
(define-fun Undoes ((s State) (p P) (q P) (d P)) Bool (and
  (=> (kf s) (and (at s (f s) Failed) (ld s (f s))))
  (=> (wr s p) (ld s p))
  (=> (we s p) (on! s p))
  (=> (ld s p) (or (wr s p) (aU s p) (and (kf s) (or (= p (f s)) (above s (f s) p)))))
  (=> (on! s p) (or (we s p) (aD s p)))
  (=> (and (kf s) (or (= p (f s)) (above s (f s) p))) (not (aU s p)))
  (not (and (wr s p) (aU s p)))
  (not (and (we s p) (aD s p)))))

; Atomic, for a reload: what served serves, or is to be started again, or failed itself, or stands on such
(define-fun Serving ((s State) (p P) (q P) (d P)) Bool (and
  (=> (and (we s p) (above s p d)) (we s d))
  (=> (and (hurt s p) (above s q p)) (hurt s q))
  (=> (we s p) (or (on! s p) (aA s p) (hurt s p)))
  (=> (aA s p) (and (conc s p) (we s p)))
  (=> (aA s p) (or (on! s p) (at s p Disabled) (hurt s p)))
  (=> (= (rn s p) enable) (aA s p))
  (or (= (rn s p) none) (= (rn s p) disable) (= (rn s p) enable))
  (=> (= (rn s p) disable) (= (g s) stops))
  (=> (on! s p) (we s p))
  (= (ld s p) (wr s p))
  (=> (or (= (g s) old) (= (g s) end)) (not (aA s p)))))

(define-fun Reloads ((s State) (p P) (q P) (d P)) Bool (and (Serving s p q d)
  (ld s (t s)) (conc s (t s)) (= (on s) (we s (t s)))
  (=> (conc s p) (or (= p (t s)) (above s p (t s)) (= (g s) back) (= (g s) end)))
  (or (= (g s) first) (= (g s) conf) (= (g s) stops) (= (g s) take) (= (g s) swap) (= (g s) again) (= (g s) old)
      (= (g s) back) (= (g s) end))
  (=> (and (on s) (above s (t s) d)) (on! s d))
  (=> (= (g s) first) (or (= (sp s) Discovered) (= (sp s) Loading)))
  (=> (= (sp s) Loading) (= (g s) first))
  (=> (and (or (= (g s) first) (= (g s) conf)) (we s p)) (on! s p))
  (=> (= (g s) conf) (= (sp s) Loaded))
  (=> (or (= (g s) stops) (= (g s) take)) (stopped-or-loaded (sp s)))
  (=> (= (g s) swap) (ite (on s) (= (sp s) Enabled) (stopped-or-loaded (sp s))))
  (=> (= (g s) end) (= (sp s) Discovered))
  (=> (or (= (g s) again) (= (g s) old)) (not (= (sp s) Enabled)))
  (=> (= (g s) back) (not (= (sp s) Enabled)))
  (=> (or (= (g s) take) (= (g s) swap)) (not (on! s (t s))))
  (=> (not (on s)) (and (not (aD s p)) (not (aA s p))))
  (=> (or (= (g s) first) (= (g s) conf) (= (g s) stops)) (and
    (=> (aD s p) (and (on! s p) (conc s p)))
    (=> (and (on! s p) (or (= p (t s)) (above s p (t s)))) (aD s p))
    (=> (and (aD s p) (above s q p) (on! s q)) (aD s q))
    (=> (= (rn s p) disable) (aD s p))
    (=> (and (on s) (aD s p)) (aA s p))))
  (=> (= (sr s) enable) (and (on s) (= (g s) take)))
  (=> (= (sr s) restore) (= (g s) take))
  (=> (= (sr s) configure) (= (g s) conf))
  (=> (not (= (sr s) none)) (not (or (= (g s) stops) (= (g s) swap) (= (g s) again))))
  (=> (= (rn s p) enable) (and (or (= (g s) again) (= (g s) back)) (=> (= (g s) back) (= (sp s) Discovered))))
  ))

(define-fun Retries ((s State) (p P) (q P) (d P)) Bool (and
  (conc s (t s))
  (or (= (g s) first) (= (g s) gone) (= (g s) take) (= (g s) conf) (= (g s) swap) (= (g s) old) (= (g s) own)
      (= (g s) again) (= (g s) end))
  (=> (= (g s) end) (= (sp s) Discovered))
  (=> (= (g s) again) (and (= (sp s) Discovered) (= (sr s) none)
    (=> (aA s p) (conc s p))
    (=> (= (rn s p) enable) (aA s p))
    (or (= (rn s p) none) (= (rn s p) enable))))
  (=> (not (or (= (g s) again) (= (g s) end))) (and
    (or (= (rn s p) none) (= (rn s p) load) (= (rn s p) configure) (= (rn s p) enable)
        (and (= (g s) gone) (= p (t s))))
    (=> (= (rn s p) unload) (not (ld s p)))
    (=> (and (= (g s) own) (= (rn s p) enable)) (= p (t s)))
    (Climb s p q d)
    (=> (above s (t s) d) (or (on! s d) (aE s d)))))
  (=> (or (= (g s) take) (= (g s) conf) (= (g s) swap) (= (g s) old) (= (g s) own) (= (g s) gone)) (and
    (not (aL s p)) (not (aC s p)) (not (aE s p))))
  (=> (or (= (g s) take) (= (g s) conf) (= (g s) swap)) (and (at s (t s) Failed) (ld s (t s))))
  (=> (= (g s) first) (and (= (sp s) Discovered) (=> (wr s (t s)) (at s (t s) Failed))))
  (=> (= (g s) gone) (and (= (sp s) Discovered) (not (ld s (t s))) (or (at s (t s) Failed) (at s (t s) Unloading))))
  (=> (= (g s) take) (or (= (sp s) Discovered) (= (sp s) Loading)))
  (=> (= (g s) conf) (= (sp s) Loaded))
  (=> (= (g s) swap) (and (= (sp s) Configured) (= (sr s) none)))
  (=> (= (g s) old) (and (ld s (t s)) (at s (t s) Configured)
                         (or (= (sp s) Failed) (= (sp s) Unloading))))
  (=> (= (g s) own) (and (= (sp s) Discovered) (ld s (t s)) (at s (t s) Configured)))
  (=> (= (sr s) configure) (= (g s) conf))
  (=> (= (sp s) Loading) (= (g s) take))
  (not (= (sr s) restore)) (not (= (sr s) enable))))

(define-fun Faults ((s State) (p P) (q P) (d P)) Bool (and
  (or (= (g s) stops) (= (g s) again) (= (g s) end))
  (conc s (t s))
  (=> (aA s p) (conc s p))
  (=> (= (g s) stops) (and (Descent s p q d) (working (ph s (t s)))
    (not (aU s p))
    (=> (and (on! s p) (above s p (t s))) (aD s p))
    (not (aD s (t s)))
    (= (on s) (on! s (t s)))))
  (=> (= (g s) again) (and
    (=> (= (rn s p) enable) (aA s p))
    (or (= (rn s p) none) (= (rn s p) enable))))))

; Isolation of a boot: what is not to come any more is enabled, or failed, or stands on what failed
(define-fun Boots ((s State) (p P) (q P) (d P)) Bool (and
  (conc s p)
  (or (pend s p) (on! s p) (hurt s p))
  (=> (and (hurt s p) (above s q p)) (hurt s q))
  (=> (pend s p) (not (hurt s p)))
  (=> (pend s p) (or (at s p Discovered) (at s p Loading) (may (ph s p))))
  (=> (not (= (rn s p) none)) (pend s p))
  (or (= (rn s p) none) (= (rn s p) load) (= (rn s p) enable)
      (and (= (rn s p) configure) (at s p Loaded)))
  (=> (and (not (= (rn s p) none)) (above s p d)) (on! s d))))

(define-fun Stops ((s State) (p P) (q P) (d P)) Bool (and
  (conc s p)
  (=> (on! s p) (pend s p))
  (=> (pend s p) (on! s p))
  (or (= (rn s p) none) (= (rn s p) disable))))

(define-fun Clears ((s State) (p P) (q P) (d P)) Bool (and
  (conc s p)
  (=> (not (at s p Discovered)) (pend s p))
  (=> (pend s p) (not (at s p Discovered)))
  (not (on! s p)) (not (at s p Loading))
  (or (= (rn s p) none) (= (rn s p) unload))))

(define-fun Inv-of ((s State) (p P) (q P) (d P)) Bool (and
  (Graph-of s p q d) (Support s p q d) (Residency s p q d) (Pairing s p q d) (Running s p q d)
  (=> (= (k s) up) (and (Climb s p q d) (= (g s) first)
     (or (= (rn s p) none) (= (rn s p) load) (= (rn s p) configure) (= (rn s p) enable))))
  (=> (= (k s) undo) (and (Descent s p q d) (Undoes s p q d) (not (= (sp s) Enabled)) (not (= (g s) old))
     (=> (not (= (sp s) Discovered)) (and (kf s) (= (f s) (t s))))
     (=> (not (= (sp s) Discovered)) (= (rn s p) none))
     (not (= (sr s) configure)) (not (= (sr s) enable)) (not (= (sr s) restore)) (not (= (sr s) load))))
  (=> (= (k s) down) (and (Descent s p q d)
     ; what was to stop is stopped, or is still to come
     (=> (and (or (= p (t s)) (above s p (t s))) (on! s p)) (aD s p))
     (=> (and (all s) (or (= p (t s)) (above s p (t s))) (ld s p)) (aU s p))))
  (=> (= (k s) reload) (Reloads s p q d))
  (=> (= (k s) retry) (Retries s p q d))
  (=> (= (k s) fault) (Faults s p q d))
  (=> (= (k s) boot) (Boots s p q d))
  (=> (= (k s) stop) (Stops s p q d))
  (=> (= (k s) clear) (Clears s p q d))))
(define-fun Inv ((s State)) Bool (forall ((p P) (q P) (d P)) (Inv-of s p q d)))

; --- what every step must do besides: Lawful, and Isolation as the frame --------------------------

(define-fun Lawful ((a State) (b State) (p P)) Bool (and (law (ph a p) (ph b p)) (law (sp a) (sp b))))
(define-fun Frame ((a State) (b State) (p P)) Bool (=> (not (= (ph a p) (ph b p))) (conc a p)))
(define-fun Good ((a State) (b State) (p P) (q P) (d P)) Bool (and (Inv-of b p q d) (Lawful a b p) (Frame a b p)))

; a replacement changes no phase: the two instances change places
(define-fun Swapped ((a State) (b State) (p P) (q P) (d P)) Bool (and (Inv-of b p q d)
  (= (ph b p) (ite (= p (t a)) (sp a) (ph a p))) (= (sp b) (ph a (t a)))))

; an operation ends: Atomic where it was undone or was a reload, Isolation where it was not
(define-fun Ended ((a State) (b State) (p P) (q P) (d P)) Bool (and (Good a b p q d)
  (= (sp b) Discovered) (= (rn b p) none)
  (=> (= (k a) undo) (and (= (on! b p) (we a p)) (=> (wr a p) (ld b p))
    (=> (ld b p) (or (wr a p) (and (at b (f a) Failed) (or (= p (f a)) (above b (f a) p)))))))
  (=> (= (k a) reload) (and (= (ld b p) (wr a p)) (=> (on! b p) (we a p)) (=> (we a p) (or (on! b p) (hurt a p)))))
  (=> (and (= (k a) down) (or (= p (t a)) (above b p (t a)))) (and (not (on! b p)) (=> (all a) (not (ld b p)))))
  (=> (= (k a) boot) (or (on! b p) (hurt a p)))
  (=> (= (k a) clear) (at b p Discovered))))

; --- the actions ---------------------------------------------------------------------------------

(define-fun main= ((a State) (b State)) Bool
  (and (forall ((p P)) (= (ph b p) (ph a p))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (forall ((p P)) (= (rn b p) (rn a p)))))
(define-fun side= ((a State) (b State)) Bool
  (and (= (sp b) (sp a)) (= (sl b) (sl a)) (= (se b) (se a)) (= (sr b) (sr a))))
(define-fun job= ((a State) (b State)) Bool
  (and (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q)))))
(define-fun plan= ((a State) (b State)) Bool
  (and (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p)))
       (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p)))))
(define-fun rest= ((a State) (b State)) Bool (and (job= a b) (= (k b) (k a)) (= (g b) (g a)) (plan= a b)))
(define-fun quiet ((s State)) Bool (and (= (sr s) none) (forall ((p P)) (= (rn s p) none))))
(define-fun serial ((s State)) Bool (and (quiet s) (not (= (k s) idle)) (not (= (k s) boot)) (not (= (k s) stop)) (not (= (k s) clear))))

; an operation starts: nothing has moved
(define-fun asked ((a State) (b State) (x P)) Bool (and (= (k a) idle) (main= a b) (side= a b) (= (boom b) (boom a)) (forall ((p P) (q P)) (= (dep b p q) (dep a p q)))
  (= (t b) x) (forall ((p P)) (= (wr b p) (ld a p))) (forall ((p P)) (= (we b p) (on! a p)))
  (forall ((p P)) (not (mL b p))) (forall ((p P)) (not (mE b p))) (not (kf b))))
(define-fun ups ((b State)) Bool (and (forall ((p P)) (not (aD b p))) (forall ((p P)) (not (aU b p))) (forall ((p P)) (not (aA b p))) (forall ((p P)) (not (pend b p))) (forall ((p P)) (not (hurt b p)))))
(define-fun below-or ((s State) (x P) (p P)) Bool (or (= p x) (above s x p)))
(define-fun above-or ((s State) (x P) (p P)) Bool (or (= p x) (above s p x)))
; what enabling p takes
(define-fun enables ((a State) (b State) (p P) (yes Bool)) Bool (and
  (= (aL b p) (and yes (at a p Discovered)))
  (= (aC b p) (and yes (or (at a p Discovered) (at a p Loaded))))
  (= (aE b p) yes)))

(define-fun Load ((a State) (b State) (x P)) Bool (and
  (asked a b x) (ups b) (= (k b) up) (= (g b) first) (forall ((p P)) (not (aC b p))) (forall ((p P)) (not (aE b p)))
  (forall ((p P)) (=> (and (below-or a x p) (not (working (ph a p)))) (not (at a p Failed))))
  (forall ((p P)) (= (aL b p) (and (below-or a x p) (at a p Discovered))))
  (forall ((p P)) (= (conc b p) (below-or a x p)))))

(define-fun Configure ((a State) (b State) (x P)) Bool (and
  (asked a b x) (ups b) (= (k b) up) (= (g b) first) (forall ((p P)) (not (aL b p))) (forall ((p P)) (not (aE b p))) (may (ph a x))
  (forall ((p P)) (= (aC b p) (= p x))) (forall ((p P)) (= (conc b p) (below-or a x p)))))

(define-fun Enable ((a State) (b State) (x P)) Bool (and
  (asked a b x) (ups b) (= (k b) up) (= (g b) first)
  (forall ((p P)) (=> (below-or a x p) (not (at a p Failed))))
  (forall ((p P)) (enables a b p (and (below-or a x p) (not (on! a p)))))
  (forall ((p P)) (= (conc b p) (below-or a x p)))))

(define-fun EnableStrict ((a State) (b State) (x P)) Bool (and
  (asked a b x) (ups b) (= (k b) up) (= (g b) first)
  (forall ((p P)) (not (at a p Failed)))
  (forall ((p P)) (enables a b p (not (on! a p)))) (forall ((p P)) (conc b p))))

(define-fun EnableAll ((a State) (b State) (x P)) Bool (and
  (asked a b x) (= (k b) boot) (= (g b) first) (forall ((p P)) (conc b p))
  (forall ((p P)) (= (pend b p) (and (not (on! a p)) (not (hurt b p)))))
  (forall ((p P)) (=> (at a p Failed) (hurt b p)))
  (forall ((p P) (q P)) (=> (and (at a p Failed) (above a q p)) (hurt b q)))
  ; and nobody else is
  (forall ((p P)) (=> (hurt b p) (not (on! a p))))
  (forall ((p P) (q P)) (=> (and (hurt b p) (above a q p)) (hurt b q)))))

(define-fun Disable ((a State) (b State) (x P)) Bool (and
  (asked a b x) (forall ((p P)) (not (aL b p))) (forall ((p P)) (not (aC b p))) (forall ((p P)) (not (aE b p))) (forall ((p P)) (not (aA b p))) (= (k b) down) (= (g b) first)
  (forall ((p P)) (= (conc b p) (above-or a x p))) (on! a x) (not (all b)) (forall ((p P)) (not (aU b p))) (forall ((p P)) (=> (above a p x) (not (on! a p))))
  (forall ((p P)) (= (aD b p) (= p x)))))

(define-fun DisableCascade ((a State) (b State) (x P)) Bool (and
  (asked a b x) (forall ((p P)) (not (aL b p))) (forall ((p P)) (not (aC b p))) (forall ((p P)) (not (aE b p))) (forall ((p P)) (not (aA b p))) (= (k b) down) (= (g b) first)
  (forall ((p P)) (= (conc b p) (above-or a x p))) (on! a x) (not (all b)) (forall ((p P)) (not (aU b p)))
  (forall ((p P)) (= (aD b p) (and (above-or a x p) (on! a p))))))

(define-fun Unload ((a State) (b State) (x P)) Bool (and
  (asked a b x) (forall ((p P)) (not (aL b p))) (forall ((p P)) (not (aC b p))) (forall ((p P)) (not (aE b p))) (forall ((p P)) (not (aA b p))) (= (k b) down) (= (g b) first)
  (forall ((p P)) (= (conc b p) (above-or a x p))) (not (at a x Discovered)) (all b) (forall ((p P)) (=> (above a p x) (not (ld a p))))
  (forall ((p P)) (= (aD b p) (and (= p x) (on! a p)))) (forall ((p P)) (= (aU b p) (= p x)))))

(define-fun UnloadCascade ((a State) (b State) (x P)) Bool (and
  (asked a b x) (forall ((p P)) (not (aL b p))) (forall ((p P)) (not (aC b p))) (forall ((p P)) (not (aE b p))) (forall ((p P)) (not (aA b p))) (= (k b) down) (= (g b) first)
  (forall ((p P)) (= (conc b p) (above-or a x p))) (not (at a x Discovered)) (all b)
  (forall ((p P)) (= (aD b p) (and (above-or a x p) (on! a p))))
  (forall ((p P)) (= (aU b p) (or (= p x) (and (above a p x) (ld a p)))))))

(define-fun Reload ((a State) (b State) (x P)) Bool (and
  (asked a b x) (= (k b) reload) (= (g b) first) (working (ph a x)) (= (on b) (on! a x)) (forall ((p P)) (not (hurt b p)))
  (forall ((p P)) (= (conc b p) (above-or a x p)))
  (forall ((p P)) (= (aD b p) (and (above-or a x p) (on! a p))))
  (forall ((p P)) (= (aA b p) (and (above-or a x p) (on! a p))))))

(define-fun Retry ((a State) (b State) (x P)) Bool (and
  (asked a b x) (ups b) (= (k b) retry) (= (g b) first) (at a x Failed)
  (forall ((p P)) (=> (above a x p) (not (at a p Failed))))
  (forall ((p P)) (enables a b p (and (above a x p) (not (on! a p)))))
  (forall ((p P)) (= (conc b p) (below-or a x p)))))

(define-fun Restart ((a State) (b State) (x P)) Bool (and
  (asked a b x) (ups b) (= (k b) retry) (= (g b) first) (at a x Failed)
  (forall ((p P)) (=> (above a x p) (not (at a p Failed))))
  (forall ((p P)) (enables a b p (and (above a x p) (not (on! a p)))))
  (forall ((p P)) (= (conc b p) (below-or a x p)))))

(define-fun Fault ((a State) (b State) (x P)) Bool (and
  (asked a b x) (= (k b) fault) (= (g b) stops) (working (ph a x)) (= (on b) (on! a x)) (forall ((p P)) (not (aU b p)))
  (forall ((p P)) (= (conc b p) (above-or a x p)))
  (forall ((p P)) (= (aD b p) (and (above a p x) (on! a p))))
  (forall ((p P)) (= (aA b p) (and (above a p x) (on! a p))))))

(define-fun Shutdown ((a State) (b State) (x P)) Bool (and
  (asked a b x) (= (g b) first) (forall ((p P)) (conc b p))
  (or (and (= (k b) stop) (forall ((p P)) (= (pend b p) (on! a p))))
      (and (= (k b) clear) (forall ((p P)) (not (pend a p))) (forall ((p P)) (not (on! a p))) (forall ((p P)) (= (pend b p) (not (at a p Discovered))))))))

(define-fun Nothing ((a State) (b State) (x P)) Bool (and
  (= (k a) idle) (main= a b) (side= a b) (rest= a b) (= (boom b) (boom a))))

(define-fun Call!load ((a State) (b State) (x P)) Bool (and
  (serial a) (rest= a b) (side= a b) (forall ((p P)) (= (ph b p) (ite (= p x) Loading (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) (not (= (rn a x) none))))
  (forall ((p P)) (= (rn b p) (ite (= p x) load (rn a p))))
  (or (= (k a) up) (and (= (k a) retry) (= (g a) first))) (aL a x) (forall ((d P)) (=> (above a x d) (not (aL a d))))))

(define-fun Call!configure ((a State) (b State) (x P)) Bool (and
  (serial a) (rest= a b) (side= a b) (forall ((p P)) (= (ph b p) (ph a p))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) (not (= (rn a x) none))))
  (forall ((p P)) (= (rn b p) (ite (= p x) configure (rn a p))))
  (or (= (k a) up) (and (= (k a) retry) (= (g a) first))) (aC a x) (not (aL a x))))

(define-fun Call!enable ((a State) (b State) (x P)) Bool (and
  (serial a) (rest= a b) (side= a b) (forall ((p P)) (= (ph b p) (ph a p))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) (not (= (rn a x) none))))
  (forall ((p P)) (= (rn b p) (ite (= p x) enable (rn a p))))
  (or (= (k a) up) (and (= (k a) retry) (= (g a) first))) (aE a x) (not (aC a x)) (not (aL a x)) (forall ((d P)) (=> (above a x d) (not (aE a d))))))

(define-fun Call!enable-what-is-retried ((a State) (b State) (x P)) Bool (and
  (serial a) (rest= a b) (side= a b) (forall ((p P)) (= (ph b p) (ph a p))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) (not (= (rn a x) none))))
  (forall ((p P)) (= (rn b p) (ite (= p x) enable (rn a p))))
  (= (k a) retry) (= (g a) own) (= x (t a))))

(define-fun Call!enable-again ((a State) (b State) (x P)) Bool (and
  (serial a) (rest= a b) (side= a b) (forall ((p P)) (= (ph b p) (ph a p))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) (not (= (rn a x) none))))
  (forall ((p P)) (= (rn b p) (ite (= p x) enable (rn a p))))
  (or (= (k a) reload) (= (k a) retry) (= (k a) fault)) (or (= (g a) again) (and (= (k a) reload) (= (g a) back) (= (sp a) Discovered)))
  (aA a x) (stopped (ph a x)) (forall ((d P)) (=> (above a x d) (on! a d)))))

(define-fun Call!disable ((a State) (b State) (x P)) Bool (and
  (serial a) (rest= a b) (side= a b) (forall ((p P)) (= (ph b p) (ph a p))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) (not (= (rn a x) none))))
  (forall ((p P)) (= (rn b p) (ite (= p x) disable (rn a p))))
  (= (k a) down) (aD a x) (forall ((q P)) (=> (above a q x) (not (aD a q))))))

(define-fun Call!disable-what-was-enabled ((a State) (b State) (x P)) Bool (and
  (serial a) (rest= a b) (side= a b) (forall ((p P)) (= (ph b p) (ph a p))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) (not (= (rn a x) none))))
  (forall ((p P)) (= (rn b p) (ite (= p x) disable (rn a p))))
  (= (k a) undo) (= (sp a) Discovered) (aD a x) (forall ((q P)) (=> (above a q x) (not (aD a q))))))

(define-fun Call!disable-for-a-reload ((a State) (b State) (x P)) Bool (and
  (serial a) (rest= a b) (side= a b) (forall ((p P)) (= (ph b p) (ph a p))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) (not (= (rn a x) none))))
  (forall ((p P)) (= (rn b p) (ite (= p x) disable (rn a p))))
  (= (k a) reload) (= (g a) stops) (aD a x) (forall ((q P)) (=> (above a q x) (not (aD a q))))))

(define-fun Call!disable-for-a-fault ((a State) (b State) (x P)) Bool (and
  (serial a) (rest= a b) (side= a b) (forall ((p P)) (= (ph b p) (ph a p))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) (not (= (rn a x) none))))
  (forall ((p P)) (= (rn b p) (ite (= p x) disable (rn a p))))
  (= (k a) fault) (= (g a) stops) (aD a x) (forall ((q P)) (=> (above a q x) (not (aD a q))))))

(define-fun Call!unload ((a State) (b State) (x P)) Bool (and
  (serial a) (rest= a b) (side= a b) (forall ((p P)) (= (ph b p) (ite (= p x) Unloading (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) (not (= (rn a x) none))))
  (forall ((p P)) (= (rn b p) (ite (= p x) unload (rn a p))))
  (= (k a) down) (forall ((p P)) (not (aD a p))) (aU a x) (not (aD a x)) (forall ((q P)) (=> (above a q x) (not (aU a q))))))

(define-fun Call!unload-what-was-loaded ((a State) (b State) (x P)) Bool (and
  (serial a) (rest= a b) (side= a b) (forall ((p P)) (= (ph b p) (ite (= p x) Unloading (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) (not (= (rn a x) none))))
  (forall ((p P)) (= (rn b p) (ite (= p x) unload (rn a p))))
  (= (k a) undo) (= (sp a) Discovered) (aU a x) (not (aD a x)) (forall ((q P)) (=> (above a q x) (not (aU a q))))))

(define-fun Call!unload-what-was-never-made ((a State) (b State) (x P)) Bool (and
  (serial a) (rest= a b) (side= a b) (forall ((p P)) (= (ph b p) (ite (= p x) Unloading (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) (not (= (rn a x) none))))
  (forall ((p P)) (= (rn b p) (ite (= p x) unload (rn a p))))
  (= (k a) retry) (= (g a) gone) (= x (t a)) (at a x Failed)))

(define-fun Call!load-beside ((a State) (b State) (x P)) Bool (and
  (serial a) (rest= a b) (main= a b) (= (sp b) Loading) (= (sl b) (sl a)) (= (se b) (se a)) (= (sr b) load) (= (boom b) (boom a))
  (or (and (= (k a) reload) (= (g a) first)) (and (= (k a) retry) (= (g a) take))) (= (sp a) Discovered)))

(define-fun Call!configure-beside ((a State) (b State) (x P)) Bool (and
  (serial a) (rest= a b) (main= a b) (= (sp b) (sp a)) (= (sl b) (sl a)) (= (se b) (se a)) (= (sr b) configure) (= (boom b) (boom a))
  (or (= (k a) reload) (= (k a) retry)) (= (g a) conf)))

(define-fun Call!restore-beside ((a State) (b State) (x P)) Bool (and
  (serial a) (rest= a b) (main= a b) (= (sp b) (sp a)) (= (sl b) (sl a)) (= (se b) (se a)) (= (sr b) restore) (= (boom b) (boom a))
  (= (k a) reload) (= (g a) take) (= (sp a) Configured)))

(define-fun Call!enable-beside ((a State) (b State) (x P)) Bool (and
  (serial a) (rest= a b) (main= a b) (= (sp b) (sp a)) (= (sl b) (sl a)) (= (se b) (se a)) (= (sr b) enable) (= (boom b) (boom a))
  (= (k a) reload) (= (g a) take) (on a) (= (sp a) Configured)))

(define-fun Call!unload-beside ((a State) (b State) (x P)) Bool (and
  (serial a) (rest= a b) (main= a b) (= (sp b) Unloading) (= (sl b) (sl a)) (= (se b) (se a)) (= (sr b) unload) (= (boom b) (boom a))
  (or (and (= (k a) reload) (or (= (g a) back) (= (g a) old))) (and (= (k a) retry) (= (g a) old)) (= (k a) undo))
  (not (= (sp a) Discovered))))

(define-fun ReturnWell!load ((a State) (b State) (x P)) Bool (and
  (= (rn a x) load) (not (= (k a) boot)) (not (= (k a) stop)) (not (= (k a) clear)) (side= a b) (forall ((p P)) (= (rn b p) (ite (= p x) none (rn a p))))
  (forall ((p P)) (= (ph b p) (ite (= p x) Loaded (ph a p)))) (forall ((p P)) (= (ld b p) (ite (= p x) true (ld a p)))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) (ld a x)))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (= (g b) (g a)) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (forall ((p P)) (= (aL b p) (ite (= p x) false (aL a p)))) (forall ((p P)) (= (mL b p) (ite (= p x) true (mL a p))))))

(define-fun ReturnWell!configure ((a State) (b State) (x P)) Bool (and
  (= (rn a x) configure) (not (= (k a) boot)) (not (= (k a) stop)) (not (= (k a) clear)) (side= a b) (forall ((p P)) (= (rn b p) (ite (= p x) none (rn a p))))
  (forall ((p P)) (= (ph b p) (ite (= p x) Configured (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) false))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (= (g b) (g a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (forall ((p P)) (= (aC b p) (ite (= p x) false (aC a p))))))

(define-fun ReturnWell!enable ((a State) (b State) (x P)) Bool (and
  (= (rn a x) enable) (not (= (k a) boot)) (not (= (k a) stop)) (not (= (k a) clear)) (side= a b) (forall ((p P)) (= (rn b p) (ite (= p x) none (rn a p))))
  (forall ((p P)) (= (ph b p) (ite (= p x) Enabled (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (ite (= p x) true (en a p)))) (= (boom b) (or (boom a) (en a x)))
  (or (= (k a) up) (and (= (k a) retry) (= (g a) first))) (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (= (g b) (g a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (forall ((p P)) (= (aE b p) (ite (= p x) false (aE a p)))) (forall ((p P)) (= (mE b p) (ite (= p x) true (mE a p))))))

(define-fun ReturnWell!enable-what-is-retried ((a State) (b State) (x P)) Bool (and
  (= (rn a x) enable) (not (= (k a) boot)) (not (= (k a) stop)) (not (= (k a) clear)) (side= a b) (forall ((p P)) (= (rn b p) (ite (= p x) none (rn a p))))
  (forall ((p P)) (= (ph b p) (ite (= p x) Enabled (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (ite (= p x) true (en a p)))) (= (boom b) (or (boom a) (en a x)))
  (= (k a) retry) (= (g a) own) (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (g b) end) (forall ((p P)) (= (mE b p) (ite (= p x) true (mE a p))))))

(define-fun ReturnWell!enable-again ((a State) (b State) (x P)) Bool (and
  (= (rn a x) enable) (not (= (k a) boot)) (not (= (k a) stop)) (not (= (k a) clear)) (side= a b) (forall ((p P)) (= (rn b p) (ite (= p x) none (rn a p))))
  (forall ((p P)) (= (ph b p) (ite (= p x) Enabled (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (ite (= p x) true (en a p)))) (= (boom b) (or (boom a) (en a x)))
  (or (= (g a) again) (= (g a) back)) (or (= (k a) reload) (= (k a) retry) (= (k a) fault)) (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (= (g b) (g a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (forall ((p P)) (= (aA b p) (ite (= p x) false (aA a p))))))

(define-fun ReturnWell!disable ((a State) (b State) (x P)) Bool (and
  (= (rn a x) disable) (not (= (k a) boot)) (not (= (k a) stop)) (not (= (k a) clear)) (side= a b) (forall ((p P)) (= (rn b p) (ite (= p x) none (rn a p))))
  (forall ((p P)) (= (ph b p) (ite (= p x) Disabled (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (ite (= p x) false (en a p)))) (= (boom b) (or (boom a) (not (en a x))))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (= (g b) (g a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (forall ((p P)) (= (aD b p) (ite (= p x) false (aD a p))))))

(define-fun ReturnWell!unload ((a State) (b State) (x P)) Bool (and
  (= (rn a x) unload) (not (= (k a) boot)) (not (= (k a) stop)) (not (= (k a) clear)) (side= a b) (forall ((p P)) (= (rn b p) (ite (= p x) none (rn a p))))
  (forall ((p P)) (= (ph b p) (ite (= p x) Discovered (ph a p)))) (forall ((p P)) (= (ld b p) (ite (= p x) false (ld a p)))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) false))
  (not (= (k a) retry)) (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (= (g b) (g a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (forall ((p P)) (= (aU b p) (ite (= p x) false (aU a p))))))

(define-fun ReturnWell!unload-what-was-never-made ((a State) (b State) (x P)) Bool (and
  (= (rn a x) unload) (not (= (k a) boot)) (not (= (k a) stop)) (not (= (k a) clear)) (side= a b) (forall ((p P)) (= (rn b p) (ite (= p x) none (rn a p))))
  (forall ((p P)) (= (ph b p) (ite (= p x) Discovered (ph a p)))) (forall ((p P)) (= (ld b p) (ite (= p x) false (ld a p)))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) (ld a x)))
  (= (k a) retry) (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (g b) first)
  (forall ((p P)) (= (aL b p) (ite (= p x) true (aL a p)))) (forall ((p P)) (= (aC b p) (ite (= p x) true (aC a p)))) (forall ((p P)) (= (aE b p) (ite (= p x) true (aE a p))))))

(define-fun ReturnWell!load-beside ((a State) (b State) (x P)) Bool (and
  (= (sr a) load) (main= a b) (= (sr b) none) (= (sp b) Loaded) (= (sl b) true) (= (se b) (se a)) (= (boom b) (or (boom a) (sl a)))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (g b) conf)))

(define-fun ReturnWell!configure-beside ((a State) (b State) (x P)) Bool (and
  (= (sr a) configure) (main= a b) (= (sr b) none) (= (sp b) Configured) (= (sl b) (sl a)) (= (se b) (se a)) (= (boom b) (or (boom a) false))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (g b) (ite (= (k a) retry) swap (ite (on a) stops take)))))

(define-fun ReturnWell!restore-beside ((a State) (b State) (x P)) Bool (and
  (= (sr a) restore) (main= a b) (= (sr b) none) (= (sp b) (sp a)) (= (sl b) (sl a)) (= (se b) (se a)) (= (boom b) (or (boom a) false))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (g b) (ite (on a) take swap))))

(define-fun ReturnWell!enable-beside ((a State) (b State) (x P)) Bool (and
  (= (sr a) enable) (main= a b) (= (sr b) none) (= (sp b) Enabled) (= (sl b) (sl a)) (= (se b) true) (= (boom b) (or (boom a) (se a)))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (g b) swap)))

(define-fun ReturnWell!unload-beside ((a State) (b State) (x P)) Bool (and
  (= (sr a) unload) (main= a b) (= (sr b) none) (= (sp b) Discovered) (= (sl b) false) (= (se b) (se a)) (= (boom b) (or (boom a) false))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (g b) (ite (= (k a) retry) own (ite (= (g a) old) end (g a))))))

(define-fun ReturnBadly!load ((a State) (b State) (x P)) Bool (and
  (= (rn a x) load) (not (= (k a) boot)) (not (= (k a) stop)) (not (= (k a) clear)) (side= a b) (forall ((p P)) (= (rn b p) (ite (= p x) none (rn a p))))
  (forall ((p P)) (= (ph b p) (ite (= p x) Failed (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) false))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (g b) (g a)) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (k b) undo) (= (f b) x) (= (kf b) (ld b x)) (forall ((p P)) (not (aL b p))) (forall ((p P)) (not (aC b p))) (forall ((p P)) (not (aE b p))) (forall ((p P)) (not (aA b p)))
  (forall ((p P)) (= (aD b p) (mE a p)))
  (forall ((p P)) (= (aU b p) (and (mL a p) (not (and (kf b) (below-or a x p))))))))

(define-fun ReturnBadly!configure ((a State) (b State) (x P)) Bool (and
  (= (rn a x) configure) (not (= (k a) boot)) (not (= (k a) stop)) (not (= (k a) clear)) (side= a b) (forall ((p P)) (= (rn b p) (ite (= p x) none (rn a p))))
  (forall ((p P)) (= (ph b p) (ite (= p x) Failed (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) false))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (g b) (g a)) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (k b) undo) (= (f b) x) (= (kf b) (ld b x)) (forall ((p P)) (not (aL b p))) (forall ((p P)) (not (aC b p))) (forall ((p P)) (not (aE b p))) (forall ((p P)) (not (aA b p)))
  (forall ((p P)) (= (aD b p) (mE a p)))
  (forall ((p P)) (= (aU b p) (and (mL a p) (not (and (kf b) (below-or a x p))))))))

(define-fun ReturnBadly!enable ((a State) (b State) (x P)) Bool (and
  (= (rn a x) enable) (not (= (k a) boot)) (not (= (k a) stop)) (not (= (k a) clear)) (side= a b) (forall ((p P)) (= (rn b p) (ite (= p x) none (rn a p))))
  (forall ((p P)) (= (ph b p) (ite (= p x) Failed (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) false))
  (or (or (= (k a) up) (and (= (k a) retry) (= (g a) first))) (and (= (k a) retry) (= (g a) own))) (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (g b) (g a)) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (k b) undo) (= (f b) x) (= (kf b) (ld b x)) (forall ((p P)) (not (aL b p))) (forall ((p P)) (not (aC b p))) (forall ((p P)) (not (aE b p))) (forall ((p P)) (not (aA b p)))
  (forall ((p P)) (= (aD b p) (mE a p)))
  (forall ((p P)) (= (aU b p) (and (mL a p) (not (and (kf b) (below-or a x p))))))))

(define-fun ReturnBadly!enable-again ((a State) (b State) (x P)) Bool (and
  (= (rn a x) enable) (not (= (k a) boot)) (not (= (k a) stop)) (not (= (k a) clear)) (side= a b) (forall ((p P)) (= (rn b p) (ite (= p x) none (rn a p))))
  (forall ((p P)) (= (ph b p) (ite (= p x) Failed (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) false))
  (or (= (g a) again) (= (g a) back)) (or (= (k a) reload) (= (k a) retry) (= (k a) fault)) (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (= (g b) (g a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (conc b p) (conc a p))) (forall ((p P)) (= (aA b p) (ite (= p x) false (aA a p)))) (forall ((p P)) (= (hurt b p) (or (hurt a p) (above-or a x p))))))

(define-fun ReturnBadly!disable ((a State) (b State) (x P)) Bool (and
  (= (rn a x) disable) (not (= (k a) boot)) (not (= (k a) stop)) (not (= (k a) clear)) (side= a b) (forall ((p P)) (= (rn b p) (ite (= p x) none (rn a p))))
  (forall ((p P)) (= (ph b p) (ite (= p x) Failed (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (ite (= p x) false (en a p)))) (= (boom b) (or (boom a) (not (en a x))))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (= (g b) (g a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (conc b p) (conc a p))) (forall ((p P)) (= (aD b p) (ite (= p x) false (aD a p)))) (forall ((p P)) (= (hurt b p) (or (hurt a p) (above-or a x p))))))

(define-fun ReturnBadly!unload ((a State) (b State) (x P)) Bool (and
  (= (rn a x) unload) (not (= (k a) boot)) (not (= (k a) stop)) (not (= (k a) clear)) (side= a b) (forall ((p P)) (= (rn b p) (ite (= p x) none (rn a p))))
  (forall ((p P)) (= (ph b p) (ite (= p x) Discovered (ph a p)))) (forall ((p P)) (= (ld b p) (ite (= p x) false (ld a p)))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) false))
  (ld a x) (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (= (g b) (g a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (forall ((p P)) (= (aU b p) (ite (= p x) false (aU a p))))))

(define-fun ReturnBadly!load-or-configure-beside-in-a-reload ((a State) (b State) (x P)) Bool (and
  (= (k a) reload) (or (= (sr a) load) (= (sr a) configure)) (main= a b) (= (sr b) none) (= (sp b) Failed) (= (sl b) (sl a)) (= (se b) (se a)) (= (boom b) (boom a))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (g b) back) (forall ((p P)) (not (aD b p))) (forall ((p P)) (not (aA b p)))))

(define-fun ReturnBadly!restore-or-enable-beside ((a State) (b State) (x P)) Bool (and
  (= (k a) reload) (or (= (sr a) restore) (= (sr a) enable)) (main= a b) (= (sr b) none) (= (sp b) Failed) (= (sl b) (sl a)) (= (se b) false) (= (boom b) (boom a))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (g b) back)))

(define-fun ReturnBadly!load-or-configure-beside-in-a-retry ((a State) (b State) (x P)) Bool (and
  (= (k a) retry) (or (= (sr a) load) (= (sr a) configure)) (= x (t a)) (main= a b) (= (sr b) none) (= (sp b) Failed) (= (sl b) (sl a)) (= (se b) (se a)) (= (boom b) (boom a))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (g b) (g a)) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (k b) undo) (= (f b) x) (= (kf b) (ld b x)) (forall ((p P)) (not (aL b p))) (forall ((p P)) (not (aC b p))) (forall ((p P)) (not (aE b p))) (forall ((p P)) (not (aA b p)))
  (forall ((p P)) (= (aD b p) (mE a p)))
  (forall ((p P)) (= (aU b p) (and (mL a p) (not (and (kf b) (below-or a x p))))))))

(define-fun ReturnBadly!unload-beside ((a State) (b State) (x P)) Bool (and
  (= (sr a) unload) (main= a b) (= (sr b) none) (= (sp b) Discovered) (= (sl b) false) (= (se b) (se a)) (= (boom b) (or (boom a) false))
  (sl a) (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (g b) (ite (= (k a) retry) own (ite (= (g a) old) end (g a))))))

(define-fun SkipAgain ((a State) (b State) (x P)) Bool (and
  (serial a) (or (= (k a) reload) (= (k a) retry) (= (k a) fault)) (or (= (g a) again) (and (= (g a) back) (= (sp a) Discovered))) (aA a x)
  (forall ((d P)) (=> (above a x d) (not (aA a d))))
  (or (not (stopped (ph a x))) (not (forall ((d P)) (=> (above a x d) (on! a d)))))
  (main= a b) (side= a b) (= (boom b) (boom a)) (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (= (g b) (g a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (forall ((p P)) (= (aA b p) (ite (= p x) false (aA a p))))))

(define-fun Replace ((a State) (b State) (x P)) Bool (and
  (serial a) (or (= (k a) reload) (= (k a) retry)) (= (g a) swap) (= x (t a)) (forall ((p P)) (= (rn b p) (rn a p))) (= (sr b) (sr a)) (= (boom b) (boom a))
  (forall ((p P)) (= (ph b p) (ite (= p x) (sp a) (ph a p)))) (forall ((p P)) (= (ld b p) (ite (= p x) (sl a) (ld a p)))) (forall ((p P)) (= (en b p) (ite (= p x) (se a) (en a p))))
  (= (sp b) (ph a x)) (= (sl b) (ld a x)) (= (se b) (en a x))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (g b) (ite (= (k a) retry) old (ite (on a) again old))) (forall ((p P)) (= (aA b p) (ite (= p x) false (aA a p))))))

(define-fun Break ((a State) (b State) (x P)) Bool (and
  (serial a) (= (k a) fault) (= (g a) stops) (forall ((p P)) (not (aD a p))) (= x (t a)) (side= a b) (= (boom b) (boom a))
  (forall ((p P)) (= (ph b p) (ite (= p x) Failed (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (ite (= p x) false (en a p)))) (forall ((p P)) (= (rn b p) (rn a p)))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (= (k b) (k a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (g b) again)
  ; capabilities are bound anew: what is not enabled may come to stand on what is enabled
  (Graph b) (forall ((p P) (d P)) (=> (above b p d) (or (above a p d) (and (on! b d) (not (on! b p))))))))

; where capabilities are bound anew outside a fault: what stands on a failure is what stands on it now
(define-fun Anew ((a State) (b State)) Bool (and
  (Graph b) (forall ((p P) (d P)) (=> (above b p d) (or (above a p d) (and (on! b d) (not (on! b p))))))
  (forall ((p P)) (=> (hurt b p) (hurt a p))) (forall ((p P)) (=> (and (hurt a p) (at a p Failed)) (hurt b p)))
  (forall ((p P) (q P)) (=> (and (hurt b p) (above b q p)) (hurt b q)))))

(define-fun Rebinds ((a State) (b State) (x P)) Bool (and
  (serial a) (= (k a) reload) (= (g a) back) (= (sp a) Discovered) (= x (t a)) (at a x Failed) (main= a b) (side= a b) (= (boom b) (boom a))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (= (k b) (k a)) (= (g b) (g a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (conc b p) (conc a p)))
  (forall ((p P)) (= (pend b p) (pend a p))) (Anew a b)
  ; the dependents alone are bound anew, and are to be started again
  (forall ((d P)) (= (above b x d) (above a x d)))
  (forall ((p P)) (=> (and (we a p) (hurt a p) (not (hurt b p))) (and (aA a p) (at a p Disabled))))))

(define-fun Chance ((a State) (b State) (x P)) Bool (and
  (= (k a) boot) (quiet a) (main= a b) (side= a b) (= (boom b) (boom a))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (= (k b) (k a)) (= (g b) (g a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (conc b p) (conc a p)))
  ; what does not stand on a failure any more is to come after all
  (Anew a b) (forall ((p P)) (=> (hurt a p) (or (hurt b p) (at a p Discovered) (may (ph a p)))))
  (forall ((p P)) (= (pend b p) (or (pend a p) (and (hurt a p) (not (hurt b p)) (not (on! a p))))))))

(define-fun Settle ((a State) (b State) (x P)) Bool (and
  (serial a) (or (= (k a) reload) (= (k a) retry) (= (k a) fault)) (forall ((p P)) (not (aA a p))) (main= a b) (side= a b) (= (boom b) (boom a))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (or (and (= (g a) again) (= (k a) reload) (= (g b) old)) (and (= (g a) again) (not (= (k a) reload)) (= (g b) end)) (and (= (g a) back) (= (k a) reload) (= (sp a) Discovered) (= (g b) end)))))

(define-fun Recover ((a State) (b State) (x P)) Bool (and
  (serial a) (= (k a) retry) (or (= (g a) end) (and (= (g a) first) (forall ((p P)) (not (aL a p))) (forall ((p P)) (not (aC a p))) (forall ((p P)) (not (aE a p))) (on! a (t a)))) (main= a b) (side= a b) (= (boom b) (boom a))
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (= (g b) again) (forall ((p P)) (= (conc b p) (or (conc a p) (aA b p))))))

(define-fun BootCall ((a State) (b State) (x P)) Bool (and
  (= (k a) boot) (pend a x) (= (rn a x) none) (forall ((d P)) (=> (above a x d) (not (pend a d)))) (rest= a b) (side= a b)
  (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) (not (= (rn a x) none))))
  (or (and (at a x Discovered) (forall ((p P)) (= (ph b p) (ite (= p x) Loading (ph a p)))) (forall ((p P)) (= (rn b p) (ite (= p x) load (rn a p)))))
      (and (at a x Loaded) (forall ((p P)) (= (ph b p) (ph a p))) (forall ((p P)) (= (rn b p) (ite (= p x) configure (rn a p)))))
      (and (stopped (ph a x)) (forall ((p P)) (= (ph b p) (ph a p))) (forall ((p P)) (= (rn b p) (ite (= p x) enable (rn a p))))))))

(define-fun StopCall ((a State) (b State) (x P)) Bool (and
  (or (= (k a) stop) (= (k a) clear)) (pend a x) (= (rn a x) none) (forall ((q P)) (=> (above a q x) (not (pend a q)))) (rest= a b) (side= a b)
  (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (or (boom a) (not (= (rn a x) none))))
  (ite (= (k a) stop) (and (forall ((p P)) (= (ph b p) (ph a p))) (forall ((p P)) (= (rn b p) (ite (= p x) disable (rn a p)))))
                      (and (forall ((p P)) (= (ph b p) (ite (= p x) Unloading (ph a p)))) (forall ((p P)) (= (rn b p) (ite (= p x) unload (rn a p))))))))

(define-fun BulkReturnWell ((a State) (b State) (x P)) Bool (and
  (or (= (k a) boot) (= (k a) stop) (= (k a) clear)) (not (= (rn a x) none)) (forall ((p P)) (= (rn b p) (ite (= p x) none (rn a p)))) (side= a b)
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (= (g b) (g a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p)))
  (or (and (= (rn a x) load) (forall ((p P)) (= (ph b p) (ite (= p x) Loaded (ph a p)))) (forall ((p P)) (= (ld b p) (ite (= p x) true (ld a p)))) (forall ((p P)) (= (en b p) (en a p))) (forall ((p P)) (= (pend b p) (pend a p))) (= (boom b) (or (boom a) (ld a x))))
      (and (= (rn a x) configure) (forall ((p P)) (= (ph b p) (ite (= p x) Configured (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (forall ((p P)) (= (pend b p) (pend a p))) (= (boom b) (boom a)))
      (and (= (rn a x) enable) (forall ((p P)) (= (ph b p) (ite (= p x) Enabled (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (ite (= p x) true (en a p)))) (forall ((p P)) (= (pend b p) (ite (= p x) false (pend a p)))) (= (boom b) (or (boom a) (en a x))))
      (and (= (rn a x) disable) (forall ((p P)) (= (ph b p) (ite (= p x) Disabled (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (ite (= p x) false (en a p)))) (forall ((p P)) (= (pend b p) (ite (= p x) false (pend a p)))) (= (boom b) (or (boom a) (not (en a x)))))
      (and (= (rn a x) unload) (forall ((p P)) (= (ph b p) (ite (= p x) Discovered (ph a p)))) (forall ((p P)) (= (ld b p) (ite (= p x) false (ld a p)))) (forall ((p P)) (= (en b p) (en a p))) (forall ((p P)) (= (pend b p) (ite (= p x) false (pend a p)))) (= (boom b) (boom a))))))

(define-fun BulkReturnBadly ((a State) (b State) (x P)) Bool (and
  (or (= (k a) boot) (= (k a) stop) (= (k a) clear)) (not (= (rn a x) none)) (forall ((p P)) (= (rn b p) (ite (= p x) none (rn a p)))) (side= a b)
  (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (= (g b) (g a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (conc b p) (conc a p))) (forall ((p P)) (= (hurt b p) (or (hurt a p) (above-or a x p))))
  (forall ((p P)) (= (pend b p) (and (pend a p) (not (= p x)) (not (and (= (k a) boot) (above a p x))))))
  (or (and (or (= (rn a x) load) (= (rn a x) configure) (= (rn a x) enable)) (forall ((p P)) (= (ph b p) (ite (= p x) Failed (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (boom a)))
      (and (= (rn a x) disable) (forall ((p P)) (= (ph b p) (ite (= p x) Failed (ph a p)))) (forall ((p P)) (= (ld b p) (ld a p))) (forall ((p P)) (= (en b p) (ite (= p x) false (en a p)))) (= (boom b) (or (boom a) (not (en a x)))))
      (and (= (rn a x) unload) (ld a x) (forall ((p P)) (= (ph b p) (ite (= p x) Discovered (ph a p)))) (forall ((p P)) (= (ld b p) (ite (= p x) false (ld a p)))) (forall ((p P)) (= (en b p) (en a p))) (= (boom b) (boom a))))))

(define-fun NextPass ((a State) (b State) (x P)) Bool (and
  (= (k a) stop) (forall ((p P)) (not (pend a p))) (main= a b) (side= a b) (= (boom b) (boom a)) (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (g b) (g a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (k b) clear) (forall ((p P)) (= (pend b p) (not (at a p Discovered))))))

(define-fun Goes-on!a-stage-is-done ((a State) (b State) (x P)) Bool (and
  (serial a) (main= a b) (side= a b) (= (boom b) (boom a)) (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (k b) (k a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p)))
  (or (and (= (k a) reload) (= (g a) stops) (forall ((p P)) (not (aD a p))) (= (g b) take))
      (and (= (k a) reload) (= (g a) conf) (at a (t a) Loaded) (not (on a)) (= (g b) swap))
      (and (= (k a) retry) (= (g a) first) (forall ((p P)) (not (aL a p))) (forall ((p P)) (not (aC a p))) (forall ((p P)) (not (aE a p))) (at a (t a) Failed) (= (g b) (ite (ld a (t a)) take gone))))))

(define-fun Finish ((a State) (b State) (x P)) Bool (and
  (serial a) (main= a b) (side= a b) (= (boom b) (boom a)) (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (g b) (g a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (k b) idle)
  (or (and (= (k a) up) (forall ((p P)) (not (aL a p))) (forall ((p P)) (not (aC a p))) (forall ((p P)) (not (aE a p))))
      (and (or (= (k a) down) (= (k a) undo)) (forall ((p P)) (not (aD a p))) (forall ((p P)) (not (aU a p))) (= (sp a) Discovered))
      (= (g a) end))))

(define-fun Finish!a-boot-or-a-shutdown ((a State) (b State) (x P)) Bool (and
  (or (= (k a) boot) (= (k a) clear)) (forall ((p P)) (not (pend a p))) (main= a b) (side= a b) (= (boom b) (boom a)) (= (t b) (t a)) (= (on b) (on a)) (= (all b) (all a)) (forall ((p P)) (= (wr b p) (wr a p))) (forall ((p P)) (= (we b p) (we a p))) (forall ((p P) (q P)) (= (dep b p q) (dep a p q))) (= (g b) (g a)) (forall ((p P)) (= (aL b p) (aL a p))) (forall ((p P)) (= (aC b p) (aC a p))) (forall ((p P)) (= (aE b p) (aE a p))) (forall ((p P)) (= (aD b p) (aD a p))) (forall ((p P)) (= (aU b p) (aU a p))) (forall ((p P)) (= (aA b p) (aA a p))) (forall ((p P)) (= (pend b p) (pend a p))) (forall ((p P)) (= (mL b p) (mL a p))) (forall ((p P)) (= (mE b p) (mE a p))) (= (f b) (f a)) (= (kf b) (kf a)) (forall ((p P)) (= (hurt b p) (hurt a p))) (forall ((p P)) (= (conc b p) (conc a p))) (= (k b) idle)))

; --- the obligations -----------------------------------------------------------------------------
; Of each: is there a step out of the invariant, for any x, u, v and w? (unsat) Is there a step at all? (sat)

(declare-const a State)
(declare-const b State)
(declare-const x P)
(declare-const u P) (declare-const v P) (declare-const w P)

(push 1)
(echo "Init")
(define-fun Init () Bool (and (Graph a) (= (k a) idle) (not (boom a)) (= (sp a) Discovered) (not (sl a)) (not (se a)) (= (sr a) none) (= (g a) first)
  (forall ((p P)) (and (at a p Discovered) (not (ld a p)) (not (en a p)) (= (rn a p) none)))))
(push 1) (assert (and Init (not (Inv-of a u v w)))) (check-sat) (pop 1)
(assert Init) (check-sat)
(pop 1)

(push 1)
(echo "Load")
(assert (and (Inv a) (Load a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Configure")
(assert (and (Inv a) (Configure a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Enable")
(assert (and (Inv a) (Enable a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "EnableStrict")
(assert (and (Inv a) (EnableStrict a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "EnableAll")
(assert (and (Inv a) (EnableAll a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Disable")
(assert (and (Inv a) (Disable a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "DisableCascade")
(assert (and (Inv a) (DisableCascade a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Unload")
(assert (and (Inv a) (Unload a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "UnloadCascade")
(assert (and (Inv a) (UnloadCascade a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Reload")
(assert (and (Inv a) (Reload a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Retry")
(assert (and (Inv a) (Retry a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Restart")
(assert (and (Inv a) (Restart a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Fault")
(assert (and (Inv a) (Fault a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Shutdown")
(assert (and (Inv a) (Shutdown a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Nothing")
(assert (and (Inv a) (Nothing a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Call: load")
(assert (and (Inv a) (Call!load a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Call: configure")
(assert (and (Inv a) (Call!configure a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Call: enable")
(assert (and (Inv a) (Call!enable a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Call: enable what is retried")
(assert (and (Inv a) (Call!enable-what-is-retried a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Call: enable again")
(assert (and (Inv a) (Call!enable-again a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Call: disable")
(assert (and (Inv a) (Call!disable a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Call: disable what was enabled")
(assert (and (Inv a) (Call!disable-what-was-enabled a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Call: disable for a reload")
(assert (and (Inv a) (Call!disable-for-a-reload a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Call: disable for a fault")
(assert (and (Inv a) (Call!disable-for-a-fault a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Call: unload")
(assert (and (Inv a) (Call!unload a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Call: unload what was loaded")
(assert (and (Inv a) (Call!unload-what-was-loaded a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Call: unload what was never made")
(assert (and (Inv a) (Call!unload-what-was-never-made a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Call: load beside")
(assert (and (Inv a) (Call!load-beside a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Call: configure beside")
(assert (and (Inv a) (Call!configure-beside a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Call: restore beside")
(assert (and (Inv a) (Call!restore-beside a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Call: enable beside")
(assert (and (Inv a) (Call!enable-beside a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Call: unload beside")
(assert (and (Inv a) (Call!unload-beside a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnWell: load")
(assert (and (Inv a) (ReturnWell!load a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnWell: configure")
(assert (and (Inv a) (ReturnWell!configure a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnWell: enable")
(assert (and (Inv a) (ReturnWell!enable a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnWell: enable what is retried")
(assert (and (Inv a) (ReturnWell!enable-what-is-retried a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnWell: enable again")
(assert (and (Inv a) (ReturnWell!enable-again a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnWell: disable")
(assert (and (Inv a) (ReturnWell!disable a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnWell: unload")
(assert (and (Inv a) (ReturnWell!unload a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnWell: unload what was never made")
(assert (and (Inv a) (ReturnWell!unload-what-was-never-made a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnWell: load beside")
(assert (and (Inv a) (ReturnWell!load-beside a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnWell: configure beside")
(assert (and (Inv a) (ReturnWell!configure-beside a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnWell: restore beside")
(assert (and (Inv a) (ReturnWell!restore-beside a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnWell: enable beside")
(assert (and (Inv a) (ReturnWell!enable-beside a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnWell: unload beside")
(assert (and (Inv a) (ReturnWell!unload-beside a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnBadly: load")
(assert (and (Inv a) (ReturnBadly!load a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnBadly: configure")
(assert (and (Inv a) (ReturnBadly!configure a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnBadly: enable")
(assert (and (Inv a) (ReturnBadly!enable a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnBadly: enable again")
(assert (and (Inv a) (ReturnBadly!enable-again a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnBadly: disable")
(assert (and (Inv a) (ReturnBadly!disable a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnBadly: unload")
(assert (and (Inv a) (ReturnBadly!unload a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnBadly: load or configure beside, in a reload")
(assert (and (Inv a) (ReturnBadly!load-or-configure-beside-in-a-reload a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnBadly: restore or enable beside")
(assert (and (Inv a) (ReturnBadly!restore-or-enable-beside a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnBadly: load or configure beside, in a retry")
(assert (and (Inv a) (ReturnBadly!load-or-configure-beside-in-a-retry a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "ReturnBadly: unload beside")
(assert (and (Inv a) (ReturnBadly!unload-beside a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "SkipAgain")
(assert (and (Inv a) (SkipAgain a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Replace")
(assert (and (Inv a) (Replace a b x)))
(push 1) (assert (not (Swapped a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Break")
(assert (and (Inv a) (Break a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Rebinds")
(assert (and (Inv a) (Rebinds a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Chance")
(assert (and (Inv a) (Chance a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Settle")
(assert (and (Inv a) (Settle a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Recover")
(assert (and (Inv a) (Recover a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "BootCall")
(assert (and (Inv a) (BootCall a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "StopCall")
(assert (and (Inv a) (StopCall a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "BulkReturnWell")
(assert (and (Inv a) (BulkReturnWell a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "BulkReturnBadly")
(assert (and (Inv a) (BulkReturnBadly a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "NextPass")
(assert (and (Inv a) (NextPass a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Goes on: a stage is done")
(assert (and (Inv a) (Goes-on!a-stage-is-done a b x)))
(push 1) (assert (not (Good a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Finish")
(assert (and (Inv a) (Finish a b x)))
(push 1) (assert (not (Ended a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)

(push 1)
(echo "Finish: a boot or a shutdown")
(assert (and (Inv a) (Finish!a-boot-or-a-shutdown a b x)))
(push 1) (assert (not (Ended a b u v w))) (check-sat) (pop 1)
(check-sat)
(pop 1)
