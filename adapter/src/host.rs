//! What is being hosted at this moment: functions, routes and limits, exchanged as a whole on a reload.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{
    function::{Function, Hosting},
    manifest::{CompressionSpec, Manifest},
    routing::{Router, RouterBuilder},
};

pub(crate) struct Host {
    pub(crate) hosting: Arc<Hosting>,
    table: RwLock<Arc<Table>>,
    ready: AtomicBool,
}

/// One manifest, compiled.
pub(crate) struct Table {
    pub(crate) router: Router,
    pub(crate) functions: HashMap<String, Arc<Function>>,
    pub(crate) limits: Limits,
    pub(crate) trusted_proxy_hops: u8,
    pub(crate) account_id: String,
    pub(crate) region: String,
    pub(crate) service: Option<String>,
    pub(crate) compression: Option<CompressionSpec>,
}

/// What a request may cost before it reaches a function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) max_body_bytes: usize,
    pub(crate) max_header_bytes: usize,
    pub(crate) header_timeout: Duration,
    pub(crate) body_timeout: Duration,
}

impl Host {
    pub(crate) fn new(hosting: Arc<Hosting>, manifest: &Manifest) -> Self {
        let table = Table::build(&hosting, manifest, &HashMap::new());
        Self { hosting, table: RwLock::new(Arc::new(table)), ready: AtomicBool::new(false) }
    }

    pub(crate) fn table(&self) -> Arc<Table> {
        Arc::clone(&self.table.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn function(&self, name: &str) -> Option<Arc<Function>> {
        self.table().functions.get(name).cloned()
    }

    /// Takes over another manifest: functions that stay the same keep their processes, changed ones get new
    /// ones, those that are gone finish what they have. Returns the latter.
    pub(crate) fn exchange(&self, manifest: &Manifest) -> Vec<Arc<Function>> {
        let mut place = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let next = Table::build(&self.hosting, manifest, &place.functions);
        let is_gone = |function: &&Arc<Function>| !next.functions.contains_key(&function.name);
        let gone: Vec<_> = place.functions.values().filter(is_gone).cloned().collect();
        *place = Arc::new(next);
        drop(place);
        gone
    }

    pub(crate) fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Relaxed);
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }
}

impl Table {
    fn build(hosting: &Arc<Hosting>, manifest: &Manifest, old: &HashMap<String, Arc<Function>>) -> Self {
        let mut routes = RouterBuilder::default();
        let mut functions = HashMap::new();
        for spec in &manifest.functions {
            for route in &spec.routes {
                // The manifest was checked: no route is wrong or collides.
                let _ = routes.add(&spec.name, route, &spec.name);
            }
            let function = match old.get(&spec.name) {
                Some(function) if function.runs_the_same_as(spec) => Arc::clone(function),
                Some(function) => {
                    function.replace(Some(spec.clone()));
                    Arc::clone(function)
                }
                None => Function::new(spec.clone(), Arc::clone(hosting)),
            };
            functions.insert(spec.name.clone(), function);
        }
        Self {
            router: routes.build(),
            functions,
            limits: Limits {
                max_body_bytes: manifest.max_body_bytes,
                max_header_bytes: manifest.max_header_bytes,
                header_timeout: Duration::from_millis(manifest.header_timeout_ms),
                body_timeout: Duration::from_millis(manifest.body_timeout_ms),
            },
            trusted_proxy_hops: manifest.trusted_proxy_hops,
            account_id: manifest.aws.account_id.clone(),
            region: hosting.region.clone(),
            service: manifest.service.clone(),
            compression: manifest.compression.clone(),
        }
    }
}
