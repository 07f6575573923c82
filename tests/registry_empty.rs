//! A program into which no plugin is linked.

use plugstate::{Manager, Request};

#[test]
fn a_suite_without_plugins_builds_and_does_nothing() {
    let manager = Manager::builder().discover().build().unwrap();
    assert!(manager.resolution().is_empty());
    assert_eq!(manager.resolution().levels().len(), 0);
    assert_eq!(manager.snapshot().to_string(), "");
    for enable_all in [Manager::enable_all, Manager::enable_all_strict] {
        let report = enable_all(&manager).unwrap();
        assert!(report.is_good());
        assert_eq!(report.iter().count(), 0);
    }
    assert!(manager.plan(&Request::EnableAll).unwrap().is_empty());
    assert_eq!(manager.services::<dyn Send>().count(), 0);
    assert_eq!(manager.enabled().len() + manager.events(0).len() + manager.warnings().len(), 0);
    assert_eq!(manager.load("uart").unwrap_err().to_string(), "no plugin is called `uart`");
    manager.shutdown().unwrap();
}

#[test]
fn what_is_expected_is_missed() {
    let refused = Manager::builder().discover().expect(["uart"]).build().unwrap_err();
    assert!(refused.to_string().starts_with("plugin `uart` (tests/registry_empty.rs:"));
    assert!(refused.to_string().contains(") is expected, but not linked: "));
}
