"""Where the computing is done, and what that hardware does fast."""

from __future__ import annotations

import os

import torch


def best_device() -> torch.device:
    """CUDA when present, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def use_tensor_cores(device: torch.device) -> None:
    """Let CUDA multiply float32 matrices as TF32, as it convolves by default."""
    if device.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True


def describe(device: torch.device) -> str:
    """`CPU · 2 cores`, or the accelerator's name."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "Apple GPU" if device.type == "mps" else f"CPU · {os.cpu_count()} cores"


def fast_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is faster: on GPUs since Ampere and CPUs with AVX512-BF16 or AMX."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu" and hasattr(torch.cpu, "get_capabilities"):  # since torch 2.10
        features = torch.cpu.get_capabilities()
        return bool(features.get("avx512_bf16") or features.get("amx_bf16"))
    return False
