//! What the allocator does with memory that is not needed any more.

/// Has memory given back to the system as soon as it is not needed any more.
///
/// The facts of events are let go of while sessions are made of them. By default the allocator of glibc keeps ever larger pieces
/// for later, so that the peak would be both together; `benches/compare/compare.py` shows it.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the only way to set a parameter of glibc")]
pub(crate) fn give_back() {
    /// What glibc begins with, before it adapts: pieces of this size and more are the system's own.
    const SYSTEM_FROM: libc::c_int = 128 << 10;
    // SAFETY: called in `main` before there is another thread that could allocate. It fails for no value of this
    // range, and would change nothing then.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, SYSTEM_FROM);
    }
}

/// Other allocators are left as they are.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn give_back() {}
