//! Bytes as an assembler writes them.

use crate::decode::{Address, Base, Instruction, Operand, decode};

/// Decodes instructions and sees that no byte beyond them is asked for.
fn decoded(bytes: &[u8]) -> Option<Instruction> {
    let instruction = decode(|n| bytes[n])?;
    assert_eq!(instruction.length, bytes.len());
    Some(instruction)
}

/// An instruction as its name and width, registers, mask and what else it has.
fn spelled(bytes: &[u8]) -> String {
    let instruction = decoded(bytes).unwrap();
    let mask = instruction.mask.map(|mask| format!(" k{mask}")).unwrap_or_default();
    let zeroing = if instruction.zeroing { " zeroing" } else { "" };
    format!(
        "{} {} {} {} {}{mask}{zeroing}",
        instruction.kind().name,
        instruction.width,
        instruction.register,
        instruction.second,
        match instruction.last {
            Operand::Vector(register) => register.to_string(),
            Operand::Memory(_) => "memory".to_owned(),
            Operand::Broadcast(_) => "repeated".to_owned(),
        },
    )
}

fn address(bytes: &[u8]) -> (Base, Option<(usize, u8)>, i32) {
    match decoded(bytes).unwrap().last {
        Operand::Memory(Address { base, index, displacement })
        | Operand::Broadcast(Address { base, index, displacement }) => (base, index, displacement),
        Operand::Vector(register) => panic!("register {register}"),
    }
}

#[test]
fn registers_widths_and_masks_are_read_from_prefix_and_modrm() {
    // vpermb zmm0, zmm0, zmm1
    assert_eq!(spelled(&[0x62, 0xF2, 0x7D, 0x48, 0x8D, 0xC1]), "VPERMB 64 0 0 1");
    // vpermb zmm31{k7}{z}, zmm17, zmm24
    assert_eq!(spelled(&[0x62, 0x02, 0x75, 0xC7, 0x8D, 0xF8]), "VPERMB 64 31 17 24 k7 zeroing");
    // vpermb ymm3{k1}, ymm20, ymm9
    assert_eq!(spelled(&[0x62, 0xD2, 0x5D, 0x21, 0x8D, 0xD9]), "VPERMB 32 3 20 9 k1");
    // vpermi2b xmm30, xmm29, xmm28
    assert_eq!(spelled(&[0x62, 0x02, 0x15, 0x00, 0x75, 0xF4]), "VPERMI2B 16 30 29 28");
    // vpermt2b ymm8, ymm7, [r15 + r12]
    assert_eq!(spelled(&[0x62, 0x12, 0x45, 0x28, 0x7D, 0x04, 0x27]), "VPERMT2B 32 8 7 memory");
    // vpmultishiftqb zmm4{k2}, zmm5, qword ptr [rcx - 8]{1to8}
    assert_eq!(spelled(&[0x62, 0xF2, 0xD5, 0x5A, 0x83, 0x61, 0xFF]), "VPMULTISHIFTQB 64 4 5 repeated k2");
    // vpcompressw xmm6{k5}{z}, xmm25
    assert_eq!(spelled(&[0x62, 0x62, 0xFD, 0x8D, 0x63, 0xCE]), "VPCOMPRESSW 16 25 0 6 k5 zeroing");
    // vpexpandw zmm9{k3}, zmm23
    assert_eq!(spelled(&[0x62, 0x32, 0xFD, 0x4B, 0x62, 0xCF]), "VPEXPANDW 64 9 0 23 k3");
    // vpdpbusd zmm1, zmm2, zmm3
    assert_eq!(spelled(&[0x62, 0xF2, 0x6D, 0x48, 0x50, 0xCB]), "VPDPBUSD 64 1 2 3");
    // vpdpwssds ymm17{k1}{z}, ymm2, dword ptr [rax]{1to8}
    assert_eq!(spelled(&[0x62, 0xE2, 0x6D, 0xB9, 0x53, 0x08]), "VPDPWSSDS 32 17 2 repeated k1 zeroing");
}

#[test]
fn shifts_are_told_apart_by_map_opcode_and_width_of_lanes() {
    let register = |map: u8, wide: u8, opcode: u8| [0x62, 0xF0 | map, 0x6D | wide, 0x48, opcode, 0xCB];
    for (wide, opcode, name) in [
        (0x80, 0x70, "VPSHLDVW"),
        (0x00, 0x71, "VPSHLDVD"),
        (0x80, 0x71, "VPSHLDVQ"),
        (0x80, 0x72, "VPSHRDVW"),
        (0x00, 0x73, "VPSHRDVD"),
        (0x80, 0x73, "VPSHRDVQ"),
    ] {
        assert_eq!(spelled(&register(2, wide, opcode)), format!("{name} 64 1 2 3"));
        let mut with_immediate = register(3, wide, opcode).to_vec();
        with_immediate.push(0x21);
        assert_eq!(
            spelled(&with_immediate),
            format!("{} 64 1 2 3", name.replace('V', "").replace('P', "VP"))
        );
        assert_eq!(decoded(&with_immediate).unwrap().immediate, 0x21);
    }
}

#[test]
fn addresses_are_sums_of_base_index_and_displacement() {
    let general = Base::General;
    // vpermb zmm1, zmm2, [rax]
    assert_eq!(address(&[0x62, 0xF2, 0x6D, 0x48, 0x8D, 0x08]), (general(0), None, 0));
    // [r13]
    assert_eq!(address(&[0x62, 0xD2, 0x6D, 0x48, 0x8D, 0x4D, 0x00]), (general(13), None, 0));
    // [rsp + 64]
    assert_eq!(address(&[0x62, 0xF2, 0x6D, 0x48, 0x8D, 0x4C, 0x24, 0x01]), (general(4), None, 64));
    // [r15 + r12]
    assert_eq!(address(&[0x62, 0x12, 0x45, 0x28, 0x7D, 0x04, 0x27]), (general(15), Some((12, 0)), 0));
    // [rbp + 65]
    let long = [0x62, 0xF2, 0x6D, 0x48, 0x8D, 0x8D, 0x41, 0x00, 0x00, 0x00];
    assert_eq!(address(&long), (general(5), None, 65));
    // [rbx*4 - 5]
    let no_base = [0x62, 0xF2, 0x6D, 0x48, 0x8D, 0x0C, 0x9D, 0xFB, 0xFF, 0xFF, 0xFF];
    assert_eq!(address(&no_base), (Base::None, Some((3, 2)), -5));
    // [rip + 0x12345678]
    let relative = [0x62, 0xF2, 0x6D, 0x48, 0x8D, 0x0D, 0x78, 0x56, 0x34, 0x12];
    assert_eq!(address(&relative), (Base::Next, None, 0x1234_5678));
    // vpshldw zmm1, zmm2, [rip + 0x10], 7
    let with_immediate = [0x62, 0xF3, 0xED, 0x48, 0x70, 0x0D, 0x10, 0x00, 0x00, 0x00, 0x07];
    assert_eq!(address(&with_immediate), (Base::Next, None, 0x10));
    assert_eq!(decoded(&with_immediate).unwrap().immediate, 7);
}

#[test]
fn a_displacement_of_one_byte_counts_vectors_or_what_is_read_of_one() {
    let displacement = |bytes: &[u8]| address(bytes).2;
    // vpermb xmm1, xmm2, [r12 - 16*128]
    assert_eq!(displacement(&[0x62, 0xD2, 0x6D, 0x08, 0x8D, 0x4C, 0x24, 0x80]), -2048);
    // vpermb zmm1, zmm2, [r13 + r9*8 + 127*64]
    let far = [0x62, 0x92, 0x6D, 0x48, 0x8D, 0x4C, 0xCD, 0x7F];
    assert_eq!(address(&far), (Base::General(13), Some((9, 3)), 8128));
    // vpmultishiftqb zmm4{k2}, zmm5, qword ptr [rcx - 8]{1to8}
    assert_eq!(displacement(&[0x62, 0xF2, 0xD5, 0x5A, 0x83, 0x61, 0xFF]), -8);
    // vpshldd ymm1, ymm2, dword ptr [rax + 8]{1to8}, 200
    assert_eq!(displacement(&[0x62, 0xF3, 0x6D, 0x38, 0x71, 0x48, 0x02, 0xC8]), 8);
    // vpshrdq zmm16, zmm2, qword ptr [rax + 512]{1to8}, 63
    assert_eq!(displacement(&[0x62, 0xE3, 0xED, 0x58, 0x73, 0x40, 0x40, 0x3F]), 512);
    // vpcompressb [rdi + 3]{k5}, zmm18
    assert_eq!(displacement(&[0x62, 0xE2, 0x7D, 0x4D, 0x63, 0x57, 0x03]), 3);
    // vpcompressw [rdi + 6]{k5}, ymm18
    assert_eq!(displacement(&[0x62, 0xE2, 0xFD, 0x2D, 0x63, 0x57, 0x03]), 6);
    // vpexpandb zmm9{k3}{z}, [rsi - 128]
    assert_eq!(displacement(&[0x62, 0x72, 0x7D, 0xCB, 0x62, 0x4E, 0x80]), -128);
}

#[test]
fn what_is_not_in_the_table_or_not_valid_is_refused() {
    let padded = |bytes: &[u8]| {
        let mut padded = bytes.to_vec();
        padded.resize(15, 0);
        decode(|n| padded[n]).is_none()
    };
    for (bytes, why) in [
        (&[0x0F, 0x0B][..], "ud2"),
        (&[0xC5, 0xF8, 0x77], "vzeroupper"),
        (&[0x62, 0xF2, 0xED, 0x48, 0x8D, 0xCB], "vpermw, which every such processor has"),
        (&[0x62, 0xF2, 0xED, 0x48, 0x75, 0xCB], "vpermi2w, likewise"),
        (&[0x62, 0xF2, 0x7D, 0x49, 0x8B, 0xD1], "vpcompressd, likewise"),
        (&[0x62, 0xF2, 0x7C, 0x48, 0x8D, 0xC1], "without the prefix 66"),
        (&[0x62, 0xF2, 0x79, 0x48, 0x8D, 0xC1], "a bit that is always set"),
        (&[0x62, 0xFA, 0x7D, 0x48, 0x8D, 0xC1], "a map that does not exist"),
        (&[0x62, 0xF2, 0x7D, 0x68, 0x8D, 0xC1], "a width that does not exist"),
        (&[0x62, 0xF2, 0x7D, 0xC8, 0x8D, 0xC1], "zeroing without a mask"),
        (&[0x62, 0xF2, 0x7D, 0x58, 0x8D, 0xC1], "a repeated register"),
        (&[0x62, 0xF2, 0x7D, 0x58, 0x8D, 0x01], "a repeated byte"),
        (&[0x62, 0xF3, 0xED, 0x58, 0x70, 0x08, 0x01], "a repeated word"),
        (&[0x62, 0xE2, 0x7D, 0xCD, 0x63, 0x57, 0x03], "zeroing of memory"),
        (&[0x62, 0xE2, 0x75, 0x4D, 0x63, 0x57, 0x03], "a third operand of two"),
    ] {
        assert!(padded(bytes), "{why}");
    }
}
