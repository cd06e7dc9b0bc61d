//! Plain loops compiled twice: once for the processor every machine of the family has, once for 256-bit vectors, chosen
//! when they run. Rust never reorders floating-point arithmetic, so both give the same bits. On other processors (NEON is
//! part of every 64-bit ARM) the plain loop is all there is.

/// Whether 256-bit vectors may be used.
#[inline]
pub(crate) fn available() -> bool {
    #[cfg(test)]
    if PORTABLE.load(std::sync::atomic::Ordering::Relaxed) {
        return false;
    }
    #[cfg(target_arch = "x86_64")]
    {
        std::arch::is_x86_feature_detected!("avx2")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}

/// Tests set this to compare the two.
#[cfg(test)]
pub(crate) static PORTABLE: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Defines a function whose body is compiled for both.
macro_rules! wide {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident : $kind:ty),* $(,)?) $(-> $out:ty)? $body:block) => {
        $(#[$meta])*
        $vis fn $name($($arg: $kind),*) $(-> $out)? {
            #[inline(always)]
            fn body($($arg: $kind),*) $(-> $out)? $body
            #[cfg(target_arch = "x86_64")]
            if $crate::wide::available() {
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
pub(crate) use wide;
