//! Plain loops compiled twice: once for the processor every machine of the family has, once for 256-bit vectors, chosen
//! when they run. Rust never reorders floating-point arithmetic, so both give the same bits. On other processors (NEON is
//! part of every 64-bit ARM) the plain loop is all there is.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether 256-bit vectors may be used.
#[inline]
#[must_use]
pub fn available() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        !PORTABLE.load(Ordering::Relaxed) && std::arch::is_x86_feature_detected!("avx2")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}

/// Set to have the plain loops alone: how a test compares the two. It changes no result.
pub static PORTABLE: AtomicBool = AtomicBool::new(false);

/// Defines a function whose body is compiled for both.
///
/// ```
/// rami_wide::wide! {
///     /// Adds b to a.
///     pub fn add(a: &mut [f32], b: &[f32]) {
///         a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
///     }
/// }
/// let mut a = [1.0; 20];
/// add(&mut a, &[2.0; 20]);
/// assert_eq!(a, [3.0; 20]);
/// ```
#[macro_export]
macro_rules! wide {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident : $kind:ty),* $(,)?) $(-> $out:ty)? $body:block) => {
        $(#[$meta])*
        $vis fn $name($($arg: $kind),*) $(-> $out)? {
            #[inline(always)]
            fn body($($arg: $kind),*) $(-> $out)? $body
            #[cfg(target_arch = "x86_64")]
            if $crate::available() {
                #[target_feature(enable = "avx2")]
                fn twin($($arg: $kind),*) $(-> $out)? { body($($arg),*) }
                // SAFETY: the function needs nothing but AVX2, which was just detected; its body is safe code.
                #[allow(unsafe_code)] // the same safe code, compiled for wider vectors
                return unsafe { twin($($arg),*) };
            }
            body($($arg),*)
        }
    };
}
