"""The MuJoCo model of the humanoid, built from the figures with ``MjSpec``."""

from functools import lru_cache
from typing import Any

import mujoco
import numpy as np

from .figures import load_figures
from .size import BodySize

_GEOM_TYPES = {
    "box": mujoco.mjtGeom.mjGEOM_BOX,
    "capsule": mujoco.mjtGeom.mjGEOM_CAPSULE,
    "sphere": mujoco.mjtGeom.mjGEOM_SPHERE,
    "plane": mujoco.mjtGeom.mjGEOM_PLANE,
}


def make_spec(size: BodySize | None = None) -> mujoco.MjSpec:
    """An editable specification of the humanoid on a floor, the reference body or of a ``size``.

    Scene props, other actuators and the like are added to the result before
    compiling it. Sensors stand in the order the observation reads them: 24
    linear velocities, 24 angular velocities, Chest_subtreelinvel, Pelvis_gyro.
    """
    figures = load_figures()
    spec = mujoco.MjSpec()
    spec.modelname = "motivo_humanoid"
    spec.compiler.degree = True
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.option.timestep = 1 / 450
    # Offscreen images up to full HD; the default of 640 x 480 refuses larger ones.
    spec.visual.global_.offwidth, spec.visual.global_.offheight = 1920, 1080
    spec.visual.headlight.ambient = [0.4, 0.4, 0.4]
    _add_surroundings(spec, figures)
    _add_bodies(spec, figures)
    _add_actuators(spec, figures)
    for first, second in figures["contact_excludes"]:
        spec.add_exclude(bodyname1=first, bodyname2=second)
    _add_sensors(spec, figures)
    if size is not None:
        _resize(spec, size)
    return spec


def _resize(spec: mujoco.MjSpec, size: BodySize) -> None:
    """Lengths by L, densities so that masses go by M, inertia of rotors by M L^2; muscles, springs
    and dampers by M L, see ``size``. How far contacts give and are felt goes by L."""
    length, torque = size.scale, size.mass_ratio * size.scale
    inertia = size.mass_ratio * size.scale**2
    for geom in spec.geoms:
        geom.margin *= length
        geom.solimp[2] *= length
    for body in spec.bodies:
        if body.name == "world":
            continue
        body.pos = length * np.array(body.pos)
        for geom in body.geoms:
            geom.pos, geom.size = length * np.array(geom.pos), length * np.array(geom.size)
            if not np.isnan(geom.fromto[0]):
                geom.fromto = length * np.array(geom.fromto)
            geom.density *= size.mass_ratio / size.scale**3
        for joint in body.joints:
            joint.armature *= inertia
            joint.stiffness, joint.damping = joint.stiffness * torque, joint.damping * torque
        for mark in (*body.sites, *body.cameras):
            mark.pos = length * np.array(mark.pos)
    for actuator in spec.actuators:
        for values in (actuator.gainprm, actuator.biasprm, actuator.forcerange):
            values *= torque


def build_model(size: BodySize | None = None) -> mujoco.MjModel:
    """The compiled humanoid: nq 76, nv 75, nu 69. A new model at every call.

    Of a ``size``, its qpos and qvel are in metres, as those of takes that were made with it.
    """
    return make_spec(size).compile()


@lru_cache(maxsize=1)
def shared_model() -> mujoco.MjModel:
    """One compiled humanoid for reading. Whoever changes a model builds their own."""
    return build_model()


def _set_contact(geom: Any, figures: dict[str, Any], contact_class: str) -> None:
    contact = dict(figures["defaults"]["geom"])
    contact.update(figures["defaults"]["geom_contact_class"].get(contact_class, {}))
    geom.condim = contact["condim"]
    geom.friction = contact["friction"]
    geom.margin = contact["margin"]
    geom.priority = contact.get("priority", 0)
    geom.solimp[:3] = contact["solimp"]
    geom.solref = contact["solref"]


def _add_surroundings(spec: mujoco.MjSpec, figures: dict[str, Any]) -> None:
    plane = figures["defaults"]["floor"]
    floor = spec.worldbody.add_geom(
        name="floor", type=mujoco.mjtGeom.mjGEOM_PLANE, size=plane["size"]
    )
    _set_contact(floor, figures, "default")
    floor.condim = plane["condim"]
    texture = spec.add_texture(
        name="grid",
        type=mujoco.mjtTexture.mjTEXTURE_2D,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_CHECKER,
        width=300,
        height=300,
        rgb1=[0.75, 0.78, 0.8],
        rgb2=[0.66, 0.69, 0.72],
    )
    material = spec.add_material(name="grid", texrepeat=[1, 1], texuniform=True)
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = texture.name
    floor.material = material.name
    spec.worldbody.add_light(
        name="sun",
        type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
        pos=[0, 0, 8],
        dir=[0.3, 0.4, -1],
        diffuse=[0.6, 0.6, 0.6],
    )


def _add_bodies(spec: mujoco.MjSpec, figures: dict[str, Any]) -> None:
    limit = figures["defaults"]["joint"]["solimplimit"]
    made: dict[str | None, Any] = {None: spec.worldbody}
    for figure in figures["bodies"]:
        body = made[figure["parent"]].add_body(name=figure["name"], pos=figure["pos"])
        made[figure["name"]] = body
        if figure["freejoint"]:
            body.add_freejoint(name=figure["name"])
            for name, camera in figures["cameras"].items():
                _add_camera(body, name, camera)
        for joint in figure["joints"]:
            hinge = body.add_joint(
                name=joint["name"],
                type=mujoco.mjtJoint.mjJNT_HINGE,
                axis=joint["axis"],
                range=joint["range_deg"],
                armature=joint["armature"],
                stiffness=joint["stiffness"],
                damping=joint["damping"],
                limited=True,
            )
            hinge.solimp_limit[: len(limit)] = limit
        for figure_geom in figure["geoms"]:
            geom = body.add_geom(name=figure_geom["name"], type=_GEOM_TYPES[figure_geom["type"]])
            geom.size[: len(figure_geom["size"])] = figure_geom["size"]
            for key in ("fromto", "pos", "quat", "density", "mass"):
                if key in figure_geom:
                    setattr(geom, key, figure_geom[key])
            _set_contact(geom, figures, figure_geom["contact"])
            if not figure_geom.get("collides", True):
                geom.contype = geom.conaffinity = 0
            geom.rgba = [0.86, 0.62, 0.45, 1]
        for site in figure["sites"]:
            body.add_site(name=site["name"], pos=site["pos"])


def _add_camera(body: Any, name: str, figure: dict[str, Any]) -> None:
    axes = np.array(figure["xyaxes"], dtype=float)
    right, up = axes[:3] / np.linalg.norm(axes[:3]), axes[3:]
    up = up - right * (right @ up)
    up /= np.linalg.norm(up)
    frame = np.stack([right, up, np.cross(right, up)], axis=1)
    quat = np.empty(4)
    mujoco.mju_mat2Quat(quat, frame.ravel())
    camera = body.add_camera(name=name, pos=figure["pos"], quat=quat)
    camera.mode = mujoco.mjtCamLight.mjCAMLIGHT_TRACKCOM


def _add_actuators(spec: mujoco.MjSpec, figures: dict[str, Any]) -> None:
    """PD targets: control -1..1 spans the range of the joint (see ``humanoid.json``)."""
    ranges = {
        joint["name"]: np.radians(joint["range_deg"])
        for body in figures["bodies"]
        for joint in body["joints"]
    }
    for figure in figures["actuators"]:
        low, high = ranges[figure["joint"]]
        kp, kd, limit = figure["kp"], figure["kd"], figure["force_limit"]
        actuator = spec.add_actuator(
            name=figure["name"],
            target=figure["joint"],
            trntype=mujoco.mjtTrn.mjTRN_JOINT,
            biastype=mujoco.mjtBias.mjBIAS_AFFINE,
        )
        actuator.gainprm[0] = kp * (high - low) / 2
        actuator.biasprm[:3] = [kp * (high + low) / 2, -kp, -kd]
        actuator.ctrllimited, actuator.ctrlrange = True, [-1, 1]
        actuator.forcelimited, actuator.forcerange = True, [-limit, limit]


def _add_sensors(spec: mujoco.MjSpec, figures: dict[str, Any]) -> None:
    for kind in (mujoco.mjtSensor.mjSENS_FRAMELINVEL, mujoco.mjtSensor.mjSENS_FRAMEANGVEL):
        for body in figures["bodies"]:
            spec.add_sensor(
                name=f"{body['name']}_{kind.name.removeprefix('mjSENS_').lower()}",
                type=kind,
                objtype=mujoco.mjtObj.mjOBJ_XBODY,
                objname=body["name"],
            )
    spec.add_sensor(
        name="Chest_subtreelinvel",
        type=mujoco.mjtSensor.mjSENS_SUBTREELINVEL,
        objtype=mujoco.mjtObj.mjOBJ_BODY,
        objname="Chest",
    )
    spec.add_sensor(
        name="Pelvis_gyro",
        type=mujoco.mjtSensor.mjSENS_GYRO,
        objtype=mujoco.mjtObj.mjOBJ_SITE,
        objname="Pelvis",
    )
