"""How programs call the joints of a person: the walker's own names (Mixamo's) -> theirs.

``{S}`` and the like stand for the side: a naming gives both words for it. Joints a program
lacks, or has two of, are left to the walker's own.
"""

PARTS = (
    "UpLeg",
    "Leg",
    "Foot",
    "ToeBase",
    "Shoulder",
    "Arm",
    "ForeArm",
    "Hand",
)
TRUNK = ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head")


def naming(sides: tuple[str, str], parts: str, trunk: str, separator: str = ",") -> dict[str, str]:
    """``parts``: the eight of ``PARTS``, ``{s}`` being the side; ``trunk``: the six of ``TRUNK``."""
    found = dict(zip(TRUNK, (word.strip() for word in trunk.split(separator)), strict=True))
    for side, word in zip(("Left", "Right"), sides, strict=True):
        for part, pattern in zip(PARTS, parts.split(separator), strict=True):
            found[f"{side}{part}"] = pattern.strip().format(s=word)
    return found


NAMINGS = {
    "Mixamo with namespace": naming(
        ("mixamorig:Left", "mixamorig:Right"),
        "{s}UpLeg, {s}Leg, {s}Foot, {s}ToeBase, {s}Shoulder, {s}Arm, {s}ForeArm, {s}Hand",
        "mixamorig:Hips, mixamorig:Spine, mixamorig:Spine1, mixamorig:Spine2, mixamorig:Neck,"
        "mixamorig:Head",
    ),
    "two namespaces": naming(
        ("Scene:Actor01:Left", "Scene:Actor01:Right"),
        "{s}UpLeg, {s}Leg, {s}Foot, {s}ToeBase, {s}Shoulder, {s}Arm, {s}ForeArm, {s}Hand",
        "Scene:Actor01:Hips, Scene:Actor01:Spine, Scene:Actor01:Spine1, Scene:Actor01:Spine2,"
        "Scene:Actor01:Neck, Scene:Actor01:Head",
    ),
    "Perception Neuron": naming(
        ("Robot_Left", "Robot_Right"),
        "{s}UpLeg, {s}Leg, {s}Foot, {s}FootEnd, {s}Shoulder, {s}Arm, {s}ForeArm, {s}Hand",
        "Robot_Hips, Robot_Spine, Robot_Spine1, Robot_Spine2, Robot_Neck, Robot_Head",
    ),
    "OptiTrack Motive": naming(
        ("L", "R"),
        "Skeleton 001_{s}Thigh, Skeleton 001_{s}Shin, Skeleton 001_{s}Foot, Skeleton 001_{s}Toe,"
        "Skeleton 001_{s}Shoulder, Skeleton 001_{s}UArm, Skeleton 001_{s}FArm, Skeleton 001_{s}Hand",
        "Skeleton 001_Hip, Skeleton 001_Ab, Skeleton 001_Spine2, Skeleton 001_Chest,"
        "Skeleton 001_Neck, Skeleton 001_Head",
    ),
    "Xsens": naming(
        ("Left", "Right"),
        "{s}UpperLeg, {s}LowerLeg, {s}Foot, {s}Toe, {s}Shoulder, {s}UpperArm, {s}ForeArm, {s}Hand",
        "Pelvis, L5, T12, T8, Neck, Head",
    ),
    "Vicon": naming(
        ("L", "R"),
        "{s}_Femur, {s}_Tibia, {s}_Foot, {s}_Toe, {s}_Clavicle, {s}_Humerus, {s}_Radius, {s}_Hand",
        "Pelvis, Lumbar, Spine1, Thorax, Neck, Head",
    ),
    "CMU (ASF)": naming(
        ("l", "r"),
        "{s}femur, {s}tibia, {s}foot, {s}toes, {s}clavicle, {s}humerus, {s}radius, {s}wrist",
        "root, lowerback, upperback, thorax, lowerneck, head",
    ),
    "3ds Max Biped": naming(
        ("L", "R"),
        "Bip001 {s} Thigh, Bip001 {s} Calf, Bip001 {s} Foot, Bip001 {s} Toe0, Bip001 {s} Clavicle,"
        "Bip001 {s} UpperArm, Bip001 {s} Forearm, Bip001 {s} Hand",
        "Bip001 Pelvis, Bip001 Spine, Bip001 Spine1, Bip001 Spine2, Bip001 Neck, Bip001 Head",
    ),
    "Biped, numbered and with underscores": naming(
        ("L", "R"),
        "Bip02_{s}_Thigh, Bip02_{s}_Calf, Bip02_{s}_Foot, Bip02_{s}_Toe0, Bip02_{s}_Clavicle,"
        "Bip02_{s}_UpperArm, Bip02_{s}_Forearm, Bip02_{s}_Hand",
        "Bip02_Pelvis, Bip02_Spine, Bip02_Spine1, Bip02_Spine2, Bip02_Neck, Bip02_Head",
    ),
    "Daz Genesis 8": naming(
        ("l", "r"),
        "{s}ThighBend, {s}Shin, {s}Foot, {s}Toe, {s}Collar, {s}ShldrBend, {s}ForearmBend, {s}Hand",
        "hip, abdomenLower, abdomenUpper, chestLower, neckLower, head",
    ),
    "Daz Genesis 9": naming(
        ("l", "r"),
        "{s}_thigh, {s}_shin, {s}_foot, {s}_toes, {s}_shoulder, {s}_upperarm, {s}_forearm, {s}_hand",
        "hip, spine1, spine2, spine3, neck1, head",
    ),
    "MakeHuman": naming(
        ("L", "R"),
        "upperleg01.{s}, lowerleg01.{s}, foot.{s}, toe1-1.{s}, clavicle.{s}, upperarm01.{s},"
        "lowerarm01.{s}, wrist.{s}",
        "root, spine05, spine03, spine01, neck01, head",
    ),
    "iClone": naming(
        ("L", "R"),
        "CC_Base_{s}_Thigh, CC_Base_{s}_Calf, CC_Base_{s}_Foot, CC_Base_{s}_ToeBase,"
        "CC_Base_{s}_Clavicle, CC_Base_{s}_Upperarm, CC_Base_{s}_Forearm, CC_Base_{s}_Hand",
        "CC_Base_Hip, CC_Base_Waist, CC_Base_Spine01, CC_Base_Spine02, CC_Base_NeckTwist01,"
        "CC_Base_Head",
    ),
    "VRM": naming(
        ("L", "R"),
        "J_Bip_{s}_UpperLeg, J_Bip_{s}_LowerLeg, J_Bip_{s}_Foot, J_Bip_{s}_ToeBase,"
        "J_Bip_{s}_Shoulder, J_Bip_{s}_UpperArm, J_Bip_{s}_LowerArm, J_Bip_{s}_Hand",
        "J_Bip_C_Hips, J_Bip_C_Spine, J_Bip_C_Chest, J_Bip_C_UpperChest, J_Bip_C_Neck,J_Bip_C_Head",
    ),
    "Kinect": naming(
        ("Left", "Right"),
        "Hip{s}, Knee{s}, Ankle{s}, Foot{s}, Clavicle{s}, Shoulder{s}, Elbow{s}, Wrist{s}",
        "SpineBase, SpineMid, Spine1, SpineShoulder, Neck, Head",
    ),
    "Unreal": naming(
        ("l", "r"),
        "thigh_{s}, calf_{s}, foot_{s}, ball_{s}, clavicle_{s}, upperarm_{s}, lowerarm_{s},"
        "hand_{s}",
        "pelvis, spine_01, spine_02, spine_03, neck_01, head",
    ),
    "Source engine": naming(
        ("L", "R"),
        "ValveBiped.Bip01_{s}_Thigh, ValveBiped.Bip01_{s}_Calf, ValveBiped.Bip01_{s}_Foot,"
        "ValveBiped.Bip01_{s}_Toe0, ValveBiped.Bip01_{s}_Clavicle, ValveBiped.Bip01_{s}_UpperArm,"
        "ValveBiped.Bip01_{s}_Forearm, ValveBiped.Bip01_{s}_Hand",
        "ValveBiped.Bip01_Pelvis, ValveBiped.Bip01_Spine, ValveBiped.Bip01_Spine1,"
        "ValveBiped.Bip01_Spine2, ValveBiped.Bip01_Neck1, ValveBiped.Bip01_Head1",
    ),
    "sides glued on": naming(
        ("l", "r"),
        "{s}hip, {s}knee, {s}ankle, {s}toe, {s}collar, {s}shoulder, {s}elbow, {s}wrist",
        "pelvis, lowerback, torso, chest, neck, head",
    ),
    "capitals": naming(
        ("LEFT", "RIGHT"),
        "{s}UPLEG, {s}LEG, {s}FOOT, {s}TOEBASE, {s}SHOULDER, {s}ARM, {s}FOREARM, {s}HAND",
        "HIPS, SPINE, SPINE1, SPINE2, NECK, HEAD",
    ),
    "lower case": naming(
        ("left", "right"),
        "{s}upleg, {s}leg, {s}foot, {s}toebase, {s}shoulder, {s}arm, {s}forearm, {s}hand",
        "hips, spine, spine1, spine2, neck, head",
    ),
    "side behind": naming(
        ("L", "R"),
        "thigh{s}, shin{s}, foot{s}, toe{s}, clavicle{s}, upperarm{s}, forearm{s}, hand{s}",
        "hips, spine, spine1, chest, neck, head",
    ),
    "prefix and suffix": naming(
        ("left", "right"),
        "hero_{s}_upleg_jnt, hero_{s}_leg_jnt, hero_{s}_foot_jnt, hero_{s}_toe_jnt,"
        "hero_{s}_shoulder_jnt, hero_{s}_arm_jnt, hero_{s}_forearm_jnt, hero_{s}_hand_jnt",
        "hero_hips_jnt, hero_spine_jnt, hero_spine1_jnt, hero_spine2_jnt, hero_neck_jnt,"
        "hero_head_jnt",
    ),
    "numbers behind": naming(
        ("Left", "Right"),
        "{s}UpLeg_02, {s}Leg_03, {s}Foot_04, {s}ToeBase_05, {s}Shoulder_06, {s}Arm_07,"
        "{s}ForeArm_08, {s}Hand_09",
        "Hips_01, Spine_10, Spine1_11, Spine2_12, Neck_13, Head_14",
    ),
    "MMD": naming(
        ("左", "右"),
        "{s}足、{s}ひざ、{s}足首、{s}つま先、{s}肩、{s}腕、{s}ひじ、{s}手首",
        "センター、上半身、上半身2、上半身3、首、頭",
        "、",
    ),
    "MMD, half-width and deform bones": naming(
        ("左", "右"),
        "{s}足D、{s}ひざD、{s}足首D、{s}足先EX、{s}肩、{s}腕、{s}ひじ、{s}手首",
        "下半身、上半身、上半身2、上半身3、首、頭",
        "、",
    ),
    "MMD in English": naming(
        ("L", "R"),
        "leg_{s}, knee_{s}, ankle_{s}, toe_{s}, shoulder_{s}, arm_{s}, elbow_{s}, wrist_{s}",
        "center, upper body, upper body 2, upper body 3, neck, head",
    ),
    "Chinese": naming(
        ("左", "右"),
        "{s}大腿、{s}小腿、{s}脚、{s}脚趾、{s}肩、{s}上臂、{s}前臂、{s}手",
        "臀部、脊椎、脊椎1、胸、颈、头",
        "、",
    ),
    "German": naming(
        ("L", "R"),
        "Oberschenkel.{s}, Unterschenkel.{s}, Fuß.{s}, Zehen.{s}, Schlüsselbein.{s}, Oberarm.{s},"
        "Unterarm.{s}, Hand.{s}",
        "Hüfte, Wirbelsäule, Wirbelsäule1, Brust, Hals, Kopf",
    ),
    "French": naming(
        ("G", "D"),
        "Cuisse_{s}, Jambe_{s}, Pied_{s}, Orteils_{s}, Clavicule_{s}, Bras_{s}, AvantBras_{s},"
        "Main_{s}",
        "Bassin, Colonne, Colonne1, Poitrine, Cou, Tete",
    ),
    "numbers alone": naming(
        ("1", "2"),
        "Bone.{s}01, Bone.{s}02, Bone.{s}03, Bone.{s}04, Bone.{s}05, Bone.{s}06, Bone.{s}07,"
        "Bone.{s}08",
        "Bone, Bone.001, Bone.002, Bone.003, Bone.004, Bone.005",
    ),
}
