//! What a running server holds.

use crate::cases::{Library, Uploads};
use crate::guard::Token;
use crate::serve::Log;
use crate::theatre::Rooms;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Documents kept for opening in a frame; the oldest goes first.
const MOST_DOCUMENTS: usize = 16;

/// Everything the handlers share.
pub(crate) struct App {
    token: Token,
    log: Log,
    hosts: Vec<String>,
    pub(crate) rooms: Rooms,
    pub(crate) library: Library,
    pub(crate) uploads: Uploads,
    documents: Mutex<VecDeque<(String, String)>>,
}

impl App {
    pub(crate) fn new(token: Token, log: Log, hosts: Vec<String>, data: &Path) -> Self {
        Self {
            token,
            log,
            hosts,
            library: Library::new(data.join("cases")),
            rooms: Rooms::new(data.join("sessions")),
            uploads: Uploads::default(),
            documents: Mutex::default(),
        }
    }

    pub(crate) fn token(&self) -> &Token {
        &self.token
    }

    pub(crate) fn log(&self, line: &str) {
        (self.log)(line);
    }

    pub(crate) fn is_own_host(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| own == host)
    }

    /// Keeps a self-contained document under an address that cannot be guessed, and gives the address.
    pub(crate) fn publish(&self, html: String) -> std::io::Result<String> {
        let name = Token::random()?.text().to_owned();
        let mut documents = lock(&self.documents);
        if documents.len() >= MOST_DOCUMENTS {
            documents.pop_front();
        }
        documents.push_back((name.clone(), html));
        Ok(format!("/documents/{name}"))
    }

    pub(crate) fn document(&self, name: &str) -> Option<String> {
        lock(&self.documents).iter().find(|(own, _)| own == name).map(|(_, html)| html.clone())
    }
}

/// Locks, also after a panic elsewhere: what is guarded here is never left half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
