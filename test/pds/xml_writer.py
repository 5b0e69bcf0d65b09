"""A writer of PDS4 products: an XML label and the pixels beside it."""

from __future__ import annotations

from pathlib import Path

from .writers import LINES, SAMPLES, SEQUENTIAL, encode


def write_pds4(path: Path, pixels, facts, dtype=">i2", kind="SignedMSB2", axes="Band Line Sample"):
    """A PDS4 label at `path` (.xml) and its pixels beside it (.IMG)."""
    order = {"Band Line Sample": SEQUENTIAL, "Line Band Sample": LINES, "Line Sample Band": SAMPLES}
    path.with_suffix(".IMG").write_bytes(b"\0" * 100 + encode(pixels, dtype, order[axes]))
    sizes = dict(zip(("Band", "Line", "Sample"), pixels.shape, strict=True))
    axis_array = "".join(
        f"<Axis_Array><axis_name>{name}</axis_name><elements>{sizes[name]}</elements>"
        f"<sequence_number>{number}</sequence_number></Axis_Array>"
        for number, name in enumerate(axes.split(), 1)
    )
    path.write_text(
        f"""<?xml version="1.0" encoding="UTF-8"?>
<Product_Observational xmlns="http://pds.nasa.gov/pds4/pds/v1"
  xmlns:geom="http://pds.nasa.gov/pds4/geom/v1" xmlns:img="http://pds.nasa.gov/pds4/img/v1"
  xmlns:img_surface="http://pds.nasa.gov/pds4/img_surface/v1"
  xmlns:msn="http://pds.nasa.gov/pds4/msn/v1">
<Identification_Area><logical_identifier>urn:nasa:pds:m:data:{facts.product_id.lower()}</logical_identifier></Identification_Area>
<Observation_Area>
<Time_Coordinates><start_date_time>{facts.start}Z</start_date_time></Time_Coordinates>
<Investigation_Area><name>Mars 2020 Perseverance Rover Mission</name></Investigation_Area>
<Observing_System><Observing_System_Component>
<name>Mars 2020 Perseverance Rover</name><type>Host</type>
</Observing_System_Component></Observing_System>
<geom:Geometry><geom:Geometry_Lander>{_xml_camera(facts)}{_xml_spaces(facts)}
<geom:Derived_Geometry><geom:solar_azimuth unit="deg">287.8</geom:solar_azimuth>
<geom:solar_elevation unit="deg">72.3</geom:solar_elevation><geom:Coordinate_Space_Reference>
<Local_Internal_Reference><local_identifier_reference>SITE_FRAME_{facts.counter[0]}</local_identifier_reference>
</Local_Internal_Reference></geom:Coordinate_Space_Reference></geom:Derived_Geometry>
</geom:Geometry_Lander></geom:Geometry>
<img:Imaging><img:Commanded_Parameters><img:Downsampling><img:Pixel_Averaging_Dimensions>
<img:height_pixels>9</img:height_pixels></img:Pixel_Averaging_Dimensions></img:Downsampling></img:Commanded_Parameters></img:Imaging>
<img_surface:Surface_Imaging><img_surface:ops_instrument_key>{facts.instrument}</img_surface:ops_instrument_key>
<img_surface:image_type>{facts.image_type}</img_surface:image_type></img_surface:Surface_Imaging>
{_xml_derived(facts)}<msn:Mission_Information><msn:product_type_name>ECM</msn:product_type_name>
<msn:spacecraft_clock_start>{facts.sclk}</msn:spacecraft_clock_start>
<msn:start_sol_number>900</msn:start_sol_number></msn:Mission_Information>
</Observation_Area>
<File_Area_Observational><File><file_name>{path.with_suffix(".IMG").name}</file_name></File>
<Header><offset unit="byte">0</offset></Header>
<Array_3D_Image><offset unit="byte">100</offset><axes>3</axes>
<axis_index_order>Last Index Fastest</axis_index_order>
<Element_Array><data_type>{kind}</data_type></Element_Array>{axis_array}
<Special_Constants><missing_constant>0.0</missing_constant></Special_Constants>
</Array_3D_Image></File_Area_Observational>
</Product_Observational>
""",
        encoding="utf-8",
    )
    return path


def _xml_camera(facts):
    model = facts.model
    if model is None:
        return ""
    name = type(model).__name__.upper()
    tags = {"C": "Vector_Center", "A": "Vector_Axis", "H": "Vector_Horizontal",
            "V": "Vector_Vertical", "O": "Vector_Optical", "R": "Radial_Terms",
            "E": "Entrance_Terms"}  # fmt: skip
    vectors = "".join(
        f"<geom:{tags[letter]}>"
        + "".join(
            f"<geom:n{i}>{n:.9g}</geom:n{i}>" for i, n in enumerate(getattr(model, letter.lower()))
        )
        + f"</geom:{tags[letter]}>"
        for letter in name
    )
    if name == "CAHVORE":
        vectors += "<geom:cahvore_model_type>3</geom:cahvore_model_type>"
        vectors += f"<geom:cahvore_model_parameter>{model.linearity}</geom:cahvore_model_parameter>"
    return f"""<geom:Camera_Model_Parameters><geom:model_type>{name}</geom:model_type>
<geom:{name}_Model>{vectors}</geom:{name}_Model>
<geom:Coordinate_Space_Reference><geom:Coordinate_Space_Indexed>
<geom:coordinate_space_frame_type>{facts.frame}</geom:coordinate_space_frame_type>
</geom:Coordinate_Space_Indexed></geom:Coordinate_Space_Reference></geom:Camera_Model_Parameters>"""


def _xml_spaces(facts):
    def space(frame, indices, offset, quaternion, reference):
        index = "".join(
            f"<geom:Coordinate_Space_Index><geom:index_id>X</geom:index_id>"
            f"<geom:index_value_number>{n}</geom:index_value_number></geom:Coordinate_Space_Index>"
            for n in indices
        )
        place = "".join(f"<geom:p{i}>{n}</geom:p{i}>" for i, n in enumerate(offset))
        turned = "".join(f"<geom:q{i}>{n}</geom:q{i}>" for i, n in enumerate(quaternion))
        return f"""<geom:Coordinate_Space_Definition><geom:Coordinate_Space_Present>
<geom:Coordinate_Space_Indexed><geom:coordinate_space_frame_type>{frame}</geom:coordinate_space_frame_type>
{index}</geom:Coordinate_Space_Indexed></geom:Coordinate_Space_Present>
<geom:Vector_Origin_Offset>{place}</geom:Vector_Origin_Offset>
<geom:Quaternion_Plus_Direction>{turned}<geom:rotation_direction>Forward</geom:rotation_direction>
</geom:Quaternion_Plus_Direction><geom:Coordinate_Space_Reference><Local_Internal_Reference>
<local_identifier_reference>{reference}</local_identifier_reference></Local_Internal_Reference>
</geom:Coordinate_Space_Reference></geom:Coordinate_Space_Definition>"""

    site = facts.counter[0]
    rover = space(
        "ROVER_NAV_FRAME", facts.counter, facts.offset, facts.quaternion, f"SITE_FRAME_{site}"
    )
    return rover + space(
        "SITE_FRAME", (site,), facts.site_offset, (1, 0, 0, 0), f"SITE_FRAME_{site - 1}"
    )


def _xml_derived(facts):
    if not facts.derived:
        return ""
    return f"""<img_surface:Derived_Product_Parameters>
<img_surface:derived_image_type_name>{facts.derived}</img_surface:derived_image_type_name>
<img_surface:Vector_Range_Origin><img_surface:x_position unit="m">1.5</img_surface:x_position>
<img_surface:y_position>0.0</img_surface:y_position><img_surface:z_position>-2</img_surface:z_position>
</img_surface:Vector_Range_Origin><geom:Coordinate_Space_Reference><Local_Internal_Reference>
<local_identifier_reference>{facts.pixel_frame}_{facts.counter[0]}</local_identifier_reference>
</Local_Internal_Reference></geom:Coordinate_Space_Reference></img_surface:Derived_Product_Parameters>"""
